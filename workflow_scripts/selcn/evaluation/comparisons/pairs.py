"""Pairs of cells to compare, by the question that their difference answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from selcn.design.cam_sources import SHAMS_OF_UNMASKED, SYMMETRY_MODELS, ZEROS, is_oracle
from selcn.design.cells import WITHOUT_CAMS, cell_of, mask_of, split_cell


class Question(StrEnum):
    """Questions that pairs of cells answer; the values stand in the column `question` of tables on disk."""

    CAMS = "cams"
    SHAMS = "shams"
    CAMS_OVER_SHAMS = "cams_over_shams"
    MASKS = "masks"
    SYMMETRY_MASKS = "symmetry_masks"
    ORACLES = "oracles"


UNMASKED = "none"


@dataclass(frozen=True)
class Pair:
    """A cell, the cell it is compared with, and the question that their difference answers."""

    question: str
    cell: str
    reference: str


def lesion_pairs(cells: Iterable[str]) -> list[Pair]:
    """Return the pairs among lesion cells; a pair whose reference is not among the cells is left out.

    Cells with CAMs, and sham controls, against the cell of the same mask without CAMs; cells with CAMs against each
    sham control of the same mask; masked cells without CAMs against the unmasked one. Sham controls made with an
    unmasked network are compared only with CAMs of the unmasked symmetry model, so that a pair differs by one thing. A
    source of CAMs that is no symmetry model is a sham control; `oracle_pairs` has the pairs of oracle controls.
    """
    cells = [cell for cell in dict.fromkeys(cells) if not is_oracle(cell)]
    pairs = []
    for cell in cells:
        mask, source = split_cell(cell)
        without = cell_of(mask, WITHOUT_CAMS)
        if source == WITHOUT_CAMS:
            pairs += [Pair(Question.MASKS, cell, cell_of(UNMASKED, WITHOUT_CAMS))] if mask != UNMASKED else []
        elif source in SYMMETRY_MODELS:
            pairs += [Pair(Question.CAMS, cell, without)]
            pairs += [Pair(Question.CAMS_OVER_SHAMS, cell, sham) for sham in cells if _is_sham_of(sham, mask, source)]
        else:
            pairs += [Pair(Question.SHAMS, cell, without)]
    return [pair for pair in pairs if pair.reference in cells]


def oracle_pairs(cells: Iterable[str]) -> list[Pair]:
    """Return the pairs of oracle controls: each against the sham control `zeros` of the same mask."""
    cells = list(dict.fromkeys(cells))
    pairs = [Pair(Question.ORACLES, cell, cell_of(mask_of(cell), ZEROS)) for cell in cells if is_oracle(cell)]
    return [pair for pair in pairs if pair.reference in cells]


def symmetry_pairs(models: Iterable[str]) -> list[Pair]:
    """Return the pairs among symmetry models: each with masked input against the unmasked one."""
    models = list(dict.fromkeys(models))
    masked = [model for model in models if model in SYMMETRY_MODELS and model != UNMASKED]
    return [Pair(Question.SYMMETRY_MASKS, model, UNMASKED) for model in masked if UNMASKED in models]


def _is_sham_of(cell: str, mask: str, model: str) -> bool:
    of, source = split_cell(cell)
    like = model == UNMASKED or source not in SHAMS_OF_UNMASKED
    return of == mask and like and source != WITHOUT_CAMS and source not in SYMMETRY_MODELS
