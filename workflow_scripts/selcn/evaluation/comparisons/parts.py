"""Comparisons of a study as parts: pairs grouped by the seeds that both cells have, with their measurements."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from selcn.evaluation.comparisons.families import LOCALISATION_METRICS
from selcn.evaluation.comparisons.measured import image_scores_of, predictions_of
from selcn.evaluation.comparisons.pairs import Pair
from selcn.evaluation.comparisons.table import Part
from selcn.evaluation.runs import Run
from selcn.storage.artifacts import read_table


def pairs_by_seeds(runs: Mapping[str, Iterable[Run]], pairs: Sequence[Pair]) -> dict[tuple[int, ...], list[Pair]]:
    """Return the pairs, grouped by the seeds that both of their cells have.

    Parameters
    ----------
    runs
        The seeds and folds of each cell.

    Raises
    ------
    ValueError
        The cells of a pair have no seed in common.
    """
    seeds = {cell: {seed for seed, _ in of_cell} for cell, of_cell in runs.items()}
    out: dict[tuple[int, ...], list[Pair]] = {}
    for pair in pairs:
        common = tuple(sorted(seeds[pair.cell] & seeds[pair.reference]))
        if not common:
            raise ValueError(
                f"{pair.cell} has seeds {sorted(seeds[pair.cell])} and {pair.reference} {sorted(seeds[pair.reference])}"
                "; expected a common seed to compare them on: give lesion.seeds one that all masks share"
            )
        out.setdefault(common, []).append(pair)
    return out


def lesions_of(groups: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """Return image_id and lesion_id of a data set's images; near-duplicates belong to one lesion.

    Parameters
    ----------
    groups
        Table of `selcn.data.duplicates.groups.lesion_groups`.
    """
    ours = groups[groups["dataset"] == dataset]
    return ours[["image_id", "group"]].rename(columns={"group": "lesion_id"})


def prediction_parts(
    runs: Mapping[str, Mapping[Run, Path]],
    pairs: Sequence[Pair],
    lesions: pd.DataFrame,
    testset: str,
    read: Callable[[Path], pd.DataFrame] = read_table,
) -> list[Part]:
    """Read the predictions of cells as parts, one for each set of seeds that the cells of a pair share.

    Parameters
    ----------
    runs
        Files of predictions, as `selcn.evaluation.runs.runs_of` returns them.
    lesions, testset
        Lesions of the test set's images, as `lesions_of` returns them, and the test set's name.
    read
        Reads the predictions to compare of a file.

    Raises
    ------
    ValueError
        See `pairs_by_seeds` and `predictions_of`.
    """
    parts = []
    for seeds, of_seeds in pairs_by_seeds(runs, pairs).items():
        cells = dict.fromkeys(cell for pair in of_seeds for cell in (pair.reference, pair.cell))
        tables = {cell: {run: read(path) for run, path in runs[cell].items() if run[0] in seeds} for cell in cells}
        parts.append(Part(testset, predictions_of(tables, lesions, testset), tuple(of_seeds)))
    return parts


def localisation_parts(
    paths: Mapping[str, str | Path], pairs: Sequence[Pair], lesions: pd.DataFrame, testset: str
) -> list[Part]:
    """Read the localisation scores of cells, one file per cell, as parts, one for each pair.

    Images whose true mask is empty are left out. Each pair is a part of its own because overlap, undefined for an empty
    CAM, is compared on images where both cells have one. Parameters and errors are those of `prediction_parts` and
    `image_scores_of`.
    """
    tables = {cell: read_table(path) for cell, path in paths.items()}
    tables = {cell: table[~table["empty_mask"]] for cell, table in tables.items()}
    parts = []
    for pair in pairs:
        both = {cell: tables[cell] for cell in (pair.reference, pair.cell)}
        parts.append(Part(testset, image_scores_of(both, lesions, LOCALISATION_METRICS, testset), (pair,)))
    return parts
