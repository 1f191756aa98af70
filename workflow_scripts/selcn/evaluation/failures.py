"""Failed networks, and the cells and models that are marked as failed because of them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from selcn.data.predictions import fault_of
from selcn.storage.artifacts import read_json

FAILED = "failed"
"""Key of metrics.json and localisation.json: why a cell or model has no metrics; absent where it has."""


def failure_of_networks(predicted: Mapping[str, Sequence[pd.DataFrame]], networks: Sequence[str]) -> str | None:
    """Return which networks of a cell or model failed and why; None where none did.

    One failed network is enough: a mean over the others would not be comparable with other cells' means.

    Parameters
    ----------
    predicted
        Predictions by subset, each one table per network.
    networks
        Names of the networks, in the order of the tables.
    """
    every = [pd.concat(tables) for tables in zip(*predicted.values(), strict=True)]
    faults = {name: fault_of(predictions) for name, predictions in zip(networks, every, strict=True)}
    return "; ".join(f"{name}: {fault}" for name, fault in faults.items() if fault) or None


def failure_of_source(model: str, metrics: str | Path) -> str | None:
    """Return why a cell that is given a symmetry model's CAMs failed with that model; None where it did not."""
    failed = failure_in(metrics)
    return f"CAMs of symmetry model {model}, which failed ({failed})" if failed else None


def failures_of(names: Iterable[str], metrics: Iterable[str | Path]) -> dict[str, str]:
    """Return the failed ones of some cells and models, each with the reason.

    Parameters
    ----------
    metrics
        The metrics.json, or localisation.json, of each, in the order of the names.
    """
    reasons = {name: failure_in(path) for name, path in zip(names, metrics, strict=True)}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def failure_in(metrics: str | Path) -> str | None:
    """Return why a cell or model failed, by its metrics.json or localisation.json; None where it did not."""
    return read_json(metrics).get(FAILED)
