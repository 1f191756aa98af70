"""Runs of cells and models: one network a seed and fold."""

from collections.abc import Iterable
from pathlib import Path

from selcn.design.trained_networks import TrainedNetwork

Run = tuple[int, int]
"""A seed and a fold."""


def runs_of(networks: Iterable[TrainedNetwork], paths: Iterable[str | Path]) -> dict[str, dict[Run, Path]]:
    """Return the files of each cell or model by seed and fold, in the order given.

    Parameters
    ----------
    networks, paths
        Networks of one stage, and a file of each.
    """
    runs: dict[str, dict[Run, Path]] = {}
    for network, path in zip(networks, paths, strict=True):
        runs.setdefault(network.model, {})[network.seed, network.fold] = Path(path)
    return runs
