"""What a search found: its trials, the best of them, and which hyper-parameters mattered."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution
from optuna.trial import TrialState, create_trial

from selcn.training.search.space import distribution_of

# Below so many finished trials, or where all ended alike, importances would be noise.
LEAST_FOR_IMPORTANCE = 8


class IncompleteSearchError(ValueError):
    """A search has not as many finished trials as asked for, or none with a value."""


def gather_trials(parts: Sequence[pd.DataFrame], total: int) -> pd.DataFrame:
    """Return the trials of all workers, by number: the first `total` of a search that has more.

    Raises
    ------
    IncompleteSearchError
        Trials are missing, or none of them was finished to the end.
    """
    trials = pd.concat([part for part in parts if len(part)]).sort_values("number", ignore_index=True)
    if trials["number"].duplicated().any():
        raise IncompleteSearchError(
            f"trials {trials['number'][trials['number'].duplicated()].tolist()} are there twice"
        )
    trials = trials.head(total)
    if len(trials) < total:
        raise IncompleteSearchError(
            f"{len(trials)} of {total} trials are finished; run the same command again to finish the others"
        )
    if trials["value"].isna().all():
        raise IncompleteSearchError(
            f"none of {total} trials came to its end; widen search.space, or raise search.warmup_epochs"
        )
    return trials


def best_of(trials: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Return the trial with the highest value, the first of equals.

    Returns
    -------
    dict
        trial (its number), value (validation accuracy, or Dice, 0..1), trials, pruned, and values: the
        hyper-parameters.
    """
    best = trials.loc[trials["value"].idxmax()]
    # A row of a table with mixed columns holds Python's own numbers only after `item`.
    values = {name: best[name].item() if hasattr(best[name], "item") else best[name] for name in names}
    return {
        "trial": int(best["number"]),
        "value": float(best["value"]),
        "trials": len(trials),
        "pruned": int((trials["state"] == "pruned").sum()),
        "values": values,
    }


def importances(trials: pd.DataFrame, space: Mapping[str, Any]) -> dict[str, float]:
    """Return each hyper-parameter's share of the differences in value (PED-ANOVA), the highest first.

    Returns
    -------
    dict
        Shares, 0..1, that add up to 1; empty where there are too few finished trials to tell, or all ended alike.
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
