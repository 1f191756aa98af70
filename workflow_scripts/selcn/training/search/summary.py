"""Summary of a search: its trials, the best of them, and the importance of each hyper-parameter."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution
from optuna.trial import TrialState, create_trial

from selcn.training.search.space import distribution_of

# With fewer completed trials, importances would be noise.
LEAST_FOR_IMPORTANCE = 8


class IncompleteSearchError(ValueError):
    """A search has fewer finished trials than requested, or none with a value."""


def gather_trials(parts: Sequence[pd.DataFrame], total: int) -> pd.DataFrame:
    """Return the trials of all workers, by number: the first `total` if there are more.

    Raises
    ------
    IncompleteSearchError
        Trials are missing or duplicated, or none of them was completed.
    """
    trials = pd.concat([part for part in parts if len(part)]).sort_values("number", ignore_index=True)
    if trials["number"].duplicated().any():
        raise IncompleteSearchError(
            f"trials {trials['number'][trials['number'].duplicated()].tolist()} are listed twice; delete the search's "
            "worker-*.parquet and run the same command again"
        )
    trials = trials.head(total)
    if len(trials) < total:
        raise IncompleteSearchError(
            f"{len(trials)} of {total} trials are finished; run the same command again to finish the others"
        )
    if trials["value"].isna().all():
        raise IncompleteSearchError(
            f"none of the {total} trials was completed; widen search.space or raise search.warmup_epochs"
        )
    return trials


def best_of(trials: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Return the trial with the highest value, the first of ties.

    Returns
    -------
    dict
        trial (its number), value (validation balanced accuracy, or Dice, 0..1), trials, pruned, and values: the
        hyper-parameters.
    """
    best = trials.loc[trials["value"].idxmax()]
    # `item` turns a NumPy value of a row with mixed columns into Python's.
    values = {name: best[name].item() if hasattr(best[name], "item") else best[name] for name in names}
    return {
        "trial": int(best["number"]),
        "value": float(best["value"]),
        "trials": len(trials),
        "pruned": int((trials["state"] == "pruned").sum()),
        "values": values,
    }


def importances(trials: pd.DataFrame, space: Mapping[str, Any]) -> dict[str, float]:
    """Return each hyper-parameter's importance (PED-ANOVA), the highest first.

    Returns
    -------
    dict
        Shares, 0..1, that sum to 1; empty if too few trials were completed, or all have the same value.
    """
    complete = trials[trials["state"] == "complete"]
    if len(complete) < LEAST_FOR_IMPORTANCE or complete["value"].nunique() == 1:
        return {}
    distributions: dict[str, BaseDistribution] = {name: distribution_of(name, space[name]) for name in space}
    study = optuna.create_study(direction="maximize")
    for row in complete.to_dict("records"):
        params = {name: row[name] for name in space}
        study.add_trial(
            create_trial(state=TrialState.COMPLETE, value=row["value"], params=params, distributions=distributions)
        )
    return dict(optuna.importance.get_param_importances(study))
