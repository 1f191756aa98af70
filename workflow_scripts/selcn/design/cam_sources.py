"""Sources of the CAMs given to the E-Layer: `sym-<source>` in a cell's name."""

from collections.abc import Sequence

from selcn.design.cells import CELLS, MASKS, cell_of

SYMMETRY_MODELS = ("none", "seg", "lae")
"""Symmetry models whose CAMs are given to lesion networks, each named after the mask on its input."""

SCRATCH = "scratch-none"
"""The symmetry model trained from random weights; no lesion network is given its CAMs."""

MADE_UP = ("zeros", "gaussian")
"""Sham controls that are generated without a network."""

MALIGNANCY = "malignancy"
"""The sham control whose CAMs come from a network trained on malignancy instead of symmetry."""

SHUFFLED = "shuffled"
"""The sham control whose CAMs are another lesion's, of symmetry model `none`."""

SHAMS = ("zeros", SHUFFLED, "gaussian", "mask", MALIGNANCY)
"""Sham controls: maps given to the E-Layer in place of a symmetry model's CAMs (docs/decisions.md)."""

SHAMS_OF_UNMASKED = (SHUFFLED, MALIGNANCY)
"""Sham controls whose maps, like the CAMs of symmetry model `none`, come from a network with unmasked input."""


def symmetry_model_of(source: str) -> str | None:
    """Return the model trained on SymDerm whose CAMs a source is made of; None for a source without such a network."""
    if source == SHUFFLED:
        return "none"
    return source if source in (*SYMMETRY_MODELS, MALIGNANCY) else None


def sham_masks(sham: bool | Sequence[str]) -> list[str]:
    """Return the masks whose cells have sham controls: all where `lesion.sham` is true, else those it lists."""
    return list(MASKS) if sham is True else list(sham or [])


def lesion_cells(sham: bool | Sequence[str]) -> list[str]:
    """Return the lesion cells of a study: the thesis's twelve, and the sham controls requested by `lesion.sham`."""
    return [*CELLS, *(cell_of(mask, source) for mask in sham_masks(sham) for source in SHAMS)]
