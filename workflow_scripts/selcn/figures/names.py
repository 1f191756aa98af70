"""What classes, masks and cells are called in figures."""

from itertools import product

MASK_NAMES = {"none": "No mask", "seg": "Segmentation mask", "lae": "LAE mask"}
SYMMETRY_NAMES = {"off": "No CAM transfer", **MASK_NAMES}
# In the order of the thesis's models 1-12.
CELLS = tuple(f"cls-{lesion}_sym-{symmetry}" for lesion, symmetry in product(MASK_NAMES, SYMMETRY_NAMES))
CLASS_NAMES = {
    "akiec": "actinic keratoses",
    "bcc": "basal cell carcinoma",
    "bkl": "benign keratosis-like lesions",
    "df": "dermatofibroma",
    "mel": "melanoma",
    "nv": "melanocytic nevi",
    "scc": "squamous cell carcinoma",
    "unk": "none of the other classes",
    "vasc": "vascular lesions",
}


def class_name(label: str) -> str:
    """Return a class's name with its label, such as "melanoma (mel)"; the label alone where it is a word already."""
    return f"{CLASS_NAMES[label]} ({label})" if label in CLASS_NAMES else label


def parts_of(cell: str) -> tuple[str, str]:
    """Return the lesion network's input mask and the symmetry model of a cell.

    Raises
    ------
    ValueError
        The cell is none of the thesis's twelve.
    """
    if cell not in CELLS:
        raise ValueError(f"unknown cell {cell!r}; expected one of {', '.join(CELLS)}")
    lesion, symmetry = cell.split("_")
    return lesion.removeprefix("cls-"), symmetry.removeprefix("sym-")


def model_number(cell: str) -> int:
    """Return the number, 1 to 12, that the thesis gives a cell."""
    return CELLS.index(cell) + 1
