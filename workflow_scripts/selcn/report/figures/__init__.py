"""Every figure of the thesis that shows data: one module a figure or family, over the panels of `style`."""

TITLES = {
    "03": "Two ways of masking the input: segmentation mask and LAE mask",
    "05": "Hair removal on the three images with most hair",
    "06": "Class distribution before and after balancing",
    "08": "How the localisation of a CAM is measured",
    "09": "Grad-CAM++ of the symmetry networks, by input mask",
    "10": "Grad-CAM++ of the twelve lesion networks on one image",
    "11": "Training of the lesion networks without input mask, first fold",
    "12": "Training of the lesion networks with segmentation-masked input, first fold",
    "13": "Training of the lesion networks with LAE-masked input, first fold",
}
