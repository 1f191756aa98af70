"""Names of masks and cells in figures."""

from collections.abc import Mapping

from selcn.design.cells import CELLS, WITHOUT_CAMS

MASK_NAMES = {"none": "No mask", "seg": "Segmentation mask", "lae": "LAE box"}
SYMMETRY_NAMES = {WITHOUT_CAMS: "No CAMs", **MASK_NAMES}


def failures(failed: Mapping[str, str]) -> str:
    """Return the end of a caption on failed cells and symmetry models, by name with the reason; empty without any."""
    named = {name if name in CELLS else f"symmetry model {name}": reason for name, reason in failed.items()}
    return "".join(f" Left out: {name}, failed ({reason})." for name, reason in named.items())


def model_number(cell: str) -> int:
    """Return the thesis's model number, 1 to 12, of a cell.

    Raises
    ------
    ValueError
        The cell is not one of the thesis's twelve.
    """
    if cell not in CELLS:
        raise ValueError(f"unknown cell {cell!r}; expected one of {', '.join(CELLS)}")
    return CELLS.index(cell) + 1
