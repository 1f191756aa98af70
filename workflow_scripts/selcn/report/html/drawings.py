"""What each figure of the study shows, in words. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drawing:
    """What is known of a figure.

    Attributes
    ----------
    title
        What it shows, in a few words.
    text
        What is in it, for those who do not see it; with roles in place of names, see
        `selcn.design.datasets.with_names`.
    photographs
        Whether it shows images of a data set.
    common
        Whether it is the same in every protocol.
    vector
        Whether there is an SVG of it, which the page has in place of the PNG.
    """

    title: str
    text: str
    photographs: bool = False
    common: bool = False
    vector: bool = False


DRAWINGS = {
    "figure-03": Drawing(
        "Figure 3. Masked inputs",
        "Images of {segmentation} in rows: the image, then what the networks see of it under the segmentation mask and "
        "under the LAE box; the rest is black.",
        photographs=True,
    ),
    "figure-05": Drawing(
        "Figure 5. Hair removal",
        "Images of {lesion} before and after hair removal, with the pixels that were replaced.",
        photographs=True,
        common=True,
    ),
    "figure-06": Drawing(
        "Figure 6. Class balance",
        "Bars: images of each class of {lesion}'s development set before and after balancing.",
        vector=True,
    ),
    "figure-08": Drawing(
        "Figure 8. Localisation of a CAM",
        "Steps of the scores of localisation: image, CAM, its thresholded region, the true mask and the dilated mask.",
        photographs=True,
    ),
    "figure-09": Drawing(
        "Figure 9. CAMs of the symmetry models",
        "Images of {symmetry}, each with the CAMs of the symmetry models over it.",
        photographs=True,
    ),
    "figure-10": Drawing(
        "Figure 10. CAMs of the lesion cells",
        "Images of {segmentation}, each with the CAMs of the twelve lesion cells over it.",
        photographs=True,
    ),
    "figure-11": Drawing(
        "Figure 11. Training curves of models 1 to 4 (no mask)",
        "Curves: loss and accuracy on training and validation images by epoch, a panel for each model.",
        vector=True,
    ),
    "figure-12": Drawing(
        "Figure 12. Training curves of models 5 to 8 (segmentation mask)",
        "Curves: loss and accuracy on training and validation images by epoch, a panel for each model.",
        vector=True,
    ),
    "figure-13": Drawing(
        "Figure 13. Training curves of models 9 to 12 (LAE box)",
        "Curves: loss and accuracy on training and validation images by epoch, a panel for each model.",
        vector=True,
    ),
    "shams": Drawing(
        "Sham controls",
        "Images of {segmentation}, each with the maps that the E-Layer is given: the symmetry models' CAMs and the "
        "shams.",
        photographs=True,
    ),
    "doubtful-labels": Drawing(
        "Doubtful labels",
        "Images of each data set with the strongest evidence against their label, with the class that it favours.",
        photographs=True,
    ),
    "reliability-none": Drawing(
        "Reliability of models 1 to 4 (no mask)",
        "Reliability diagrams: accuracy by confidence on the test set, before and after temperature scaling.",
        vector=True,
    ),
    "reliability-seg": Drawing(
        "Reliability of models 5 to 8 (segmentation mask)",
        "Reliability diagrams: accuracy by confidence on the test set, before and after temperature scaling.",
        vector=True,
    ),
    "reliability-lae": Drawing(
        "Reliability of models 9 to 12 (LAE box)",
        "Reliability diagrams: accuracy by confidence on the test set, before and after temperature scaling.",
        vector=True,
    ),
    "near-duplicates": Drawing(
        "Near-duplicates",
        "The closest pairs of near-duplicate images over all data sets, side by side.",
        photographs=True,
    ),
}
"""The figures by the names of their files; those of searches are named `search/<search>`."""


def path_of(protocol: str, name: str) -> str:
    """Return a figure's path under results/."""
    suffix = "svg" if drawing_of(name).vector else "png"
    return f"{protocol}/figures/{name}.{suffix}" if protocol else f"lesions/{name}.{suffix}"


def drawing_of(name: str) -> Drawing:
    """Return what is known of a figure."""
    return DRAWINGS[name] if name in DRAWINGS else _search(name)


def _search(name: str) -> Drawing:
    searched = name.removeprefix("search/").replace("/", " ")
    return Drawing(
        f"Hyper-parameter search: {searched}",
        "Left: the score of each trial and the best so far. Right: the importance of each hyper-parameter.",
        vector=True,
    )
