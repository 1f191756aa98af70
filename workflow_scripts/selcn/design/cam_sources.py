"""Sources of the CAMs given to the E-Layer: `sym-<source>` in a cell's name."""

from collections.abc import Sequence
from typing import NamedTuple

from selcn.design.cells import CELLS, MASKS, cell_of, split_cell

SYMMETRY_MODELS = ("none", "seg", "lae")
"""Symmetry models whose CAMs are given to lesion networks, each named after the mask on its input."""

SCRATCH = "scratch-none"
"""The symmetry model trained from random weights; no lesion network is given its CAMs."""

ZEROS = "zeros"
"""The sham control whose maps are zero everywhere, which isolates the E-Layer itself."""

MADE_UP = (ZEROS, "gaussian")
"""Sham controls that are generated without a network."""

MALIGNANCY = "malignancy"
"""The sham control whose CAMs come from a network trained on malignancy instead of symmetry."""

SHUFFLED = "shuffled"
"""The sham control whose CAMs are another lesion's, of symmetry model `none`."""

SHAMS = (ZEROS, SHUFFLED, "gaussian", "mask", MALIGNANCY)
"""Sham controls: maps given to the E-Layer in place of a symmetry model's CAMs (docs/decisions.md)."""


class Oracle(NamedTuple):
    """What an oracle control's maps tell of the true class.

    Attributes
    ----------
    share
        The share of the images whose map tells it, 0..1.
    by_place
        Whether a disc's place tells it, or its strength.
    """

    share: float
    by_place: bool = False


ORACLES = {
    "oracle": Oracle(1.0),
    "oracle50": Oracle(0.5),
    "oracle25": Oracle(0.25),
    "oracle10": Oracle(0.1),
    "oracleplace": Oracle(1.0, by_place=True),
}
"""Oracle controls, positive ones: maps that tell the true class (docs/decisions.md)."""

SHAMS_OF_UNMASKED = (SHUFFLED, MALIGNANCY)
"""Sham controls whose maps, like the CAMs of symmetry model `none`, come from a network with unmasked input."""


def symmetry_model_of(source: str) -> str | None:
    """Return the symmetry network whose CAMs a source is made of; None for a source without such a network."""
    if source == SHUFFLED:
        return "none"
    return source if source in (*SYMMETRY_MODELS, MALIGNANCY) else None


def control_masks(setting: bool | Sequence[str]) -> list[str]:
    """Return the masks whose cells have controls: all where `lesion.sham` or `lesion.oracle` is true, or as listed."""
    return list(MASKS) if setting is True else list(setting or [])


def is_oracle(cell: str) -> bool:
    """Return whether a cell is an oracle control."""
    return split_cell(cell)[1] in ORACLES


def lesion_cells(sham: bool | Sequence[str], oracle: bool | Sequence[str]) -> list[str]:
    """Return the lesion cells of a study: the thesis's twelve, then sham and oracle controls as configured.

    Parameters
    ----------
    sham, oracle
        `lesion.sham` and `lesion.oracle`.
    """
    controls = ((sham, SHAMS), (oracle, ORACLES))
    return [
        *CELLS,
        *(
            cell_of(mask, source)
            for setting, sources in controls
            for mask in control_masks(setting)
            for source in sources
        ),
    ]
