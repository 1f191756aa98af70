"""The thesis's figures that show data, and further figures: one module for each figure or family."""

TITLES = {
    "03": "Two ways of masking the input: segmentation mask and LAE box",
    "05": "Hair removal on the three images with the most hair",
    "06": "Class distribution before and after balancing",
    "08": "Measuring the localisation of a CAM",
    "09": "Grad-CAM++ of the symmetry networks, by input mask",
    "10": "Grad-CAM++ of the twelve lesion networks on one image",
    "11": "Training of the lesion networks with unmasked input, first fold",
    "12": "Training of the lesion networks with input masked by the segmentation mask, first fold",
    "13": "Training of the lesion networks with input masked by the LAE box, first fold",
}
