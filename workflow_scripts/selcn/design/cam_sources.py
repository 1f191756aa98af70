"""Sources of the CAMs that the E-Layer is given: `sym-<source>` in a cell's name."""

from collections.abc import Sequence

from selcn.design.cells import CELLS, MASKS, cell_of

SYMMETRY_MODELS = ("none", "seg", "lae")
"""Symmetry models with a transfer of CAMs, each named after the mask on its input."""

SCRATCH = "scratch-none"
"""The symmetry model that starts from random weights; its CAMs are transferred nowhere."""

MADE_UP = ("zeros", "gaussian")
"""Sham controls that no network makes."""

MALIGNANCY = "malignancy"
"""The sham control whose CAMs are a network's, trained to tell malignant from benign lesions."""

SHAMS = ("zeros", "shuffled", "gaussian", "mask", MALIGNANCY)
"""Sham controls: what stands in the place of a symmetry model's CAMs (docs/decisions.md)."""

SHAMS_OF_UNMASKED = ("shuffled", MALIGNANCY)
"""Those made as the CAMs of symmetry model `none` are: with a network whose input has no mask."""


def sham_masks(sham: bool | Sequence[str]) -> list[str]:
    """Return the masks whose cells have sham controls, as `lesion.sham` names them: all, some, or none."""
    return list(MASKS) if sham is True else list(sham or [])


def lesion_cells(sham: bool | Sequence[str]) -> list[str]:
    """Return the lesion cells of a study: the thesis's twelve, and the sham controls that `lesion.sham` asks for."""
    return [*CELLS, *(cell_of(mask, source) for mask in sham_masks(sham) for source in SHAMS)]
