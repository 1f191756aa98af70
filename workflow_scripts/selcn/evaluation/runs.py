"""Runs of cells and models: one network for each seed and fold, read from the paths of its files."""

import re
from collections.abc import Iterable
from pathlib import Path

Run = tuple[int, int]
"""A seed and a fold."""

# The seed of symmetry models, whose paths name none.
ONLY_SEED = 0
_PATH = re.compile(r"(?P<model>.+?)(?:/seed-(?P<seed>[0-9]+))?/fold-(?P<fold>[0-9]+)/predictions/[^/]+")


def runs_of(paths: Iterable[str | Path]) -> dict[str, dict[Run, Path]]:
    """Return the files of predictions of each cell or model by seed and fold, in the order given.

    Raises
    ------
    ValueError
        A path is not .../<cell>/seed-<s>/fold-<k>/predictions/<set>.parquet, with or without the seed, or a run has
        two files.
    """
    runs: dict[str, dict[Run, Path]] = {}
    for path in map(Path, paths):
        cell, run = _run_of(path)
        of_cell = runs.setdefault(cell, {})
        if run in of_cell:
            raise ValueError(f"{path} and {of_cell[run]} are of one network; expected one file for each network")
        of_cell[run] = path
    return runs


def _run_of(path: Path) -> tuple[str, Run]:
    match = _PATH.fullmatch(path.as_posix())
    if match is None:
        raise ValueError(
            f"{path}: not a fold's predictions; expected <cell>/seed-<s>/fold-<k>/predictions/<set>.parquet"
        )
    return Path(match["model"]).name, (int(match["seed"] or ONLY_SEED), int(match["fold"]))
