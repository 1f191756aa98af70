"""Seeds of the lesion cells, by `lesion.seeds`."""

from collections.abc import Mapping, Sequence

from selcn.design.cells import MASKS, mask_of
from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs
from selcn.workflow.cells import cells_of_study


def seeds_of_cell(seeds: Sequence[int] | Mapping[str, Sequence[int]], cell: str) -> Sequence[int]:
    """Return a cell's seeds by `lesion.seeds`: those of all cells, its own or its mask's."""
    return seeds.get(cell, seeds[mask_of(cell)]) if isinstance(seeds, Mapping) else seeds


def seeds_refusal(lesion: Mapping) -> str | None:
    """Return which cells cannot be compared for their seeds, or are none of the study's; None where all can."""
    seeds, cells = lesion["seeds"], cells_of_study(lesion)
    if not isinstance(seeds, Mapping):
        return None
    if unknown := [name for name in seeds if name not in (*MASKS, *cells)]:
        return f"lesion.seeds names {', '.join(unknown)}, no cell of this study; expected some of {', '.join(cells)}"
    for pair in [*lesion_pairs(cells), *oracle_pairs(cells)]:
        cell, reference = (list(seeds_of_cell(seeds, name)) for name in (pair.cell, pair.reference))
        if not set(cell) & set(reference):
            return (
                f"lesion.seeds gives {pair.cell} {cell} and {pair.reference} {reference}, which are compared on the "
                "seeds that they have in common; give both a seed that is the same"
            )
    return None
