"""Ablation cells: lesion models, named after the mask on their input and the source of their CAMs."""

import re

MASKS = ("none", "seg", "lae")
"""Masks on the input: none, the segmentation mask, the LAE box."""

WITHOUT_CAMS = "off"
"""The CAM source of cells without CAMs."""

_CELL = re.compile(r"cls-([a-z]+)_sym-([a-z]+[0-9]*)")


def cell_of(mask: str, source: str) -> str:
    """Return the name of the cell with this mask on its input and this CAM source."""
    return f"cls-{mask}_sym-{source}"


CELLS = tuple(cell_of(mask, source) for mask in MASKS for source in (WITHOUT_CAMS, *MASKS))
"""The thesis's lesion models 1 to 12."""


def split_cell(cell: str) -> tuple[str, str]:
    """Return the mask on a cell's input and its CAM source.

    Raises
    ------
    ValueError
        `cell` is not of the form cls-<mask>_sym-<source>.
    """
    match = _CELL.fullmatch(cell)
    if match is None:
        raise ValueError(f"{cell!r} is not a cell; expected cls-<none|seg|lae>_sym-<off|none|seg|lae|control>")
    return match[1], match[2]


def mask_of(cell: str) -> str:
    """Return the mask on a cell's input."""
    return split_cell(cell)[0]


def takes_cams(cell: str) -> bool:
    """Return whether a cell's network takes CAMs."""
    return split_cell(cell)[1] != WITHOUT_CAMS
