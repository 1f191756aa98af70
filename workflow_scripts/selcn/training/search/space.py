"""The search space: the thesis's five hyper-parameters (section 5.2) and their ranges."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import BaseTrial, create_trial

log = logging.getLogger("selcn.training.search")

LOGARITHMIC = ("learning_rate", "weight_decay")
Distribution = FloatDistribution | CategoricalDistribution


@dataclass(frozen=True)
class SearchSettings:
    """Settings of a network's search, except the numbers of trials and workers.

    Attributes
    ----------
    space
        For each hyper-parameter a list of choices, or {"low", "high"}: learning rate and weight decay on a
        logarithmic scale.
    seed
        Seed of the sampler.
    startup_trials
        Random trials before the sampler uses their results, and before any trial is pruned.
    warmup_epochs
        Epochs of a trial before it may be pruned.
    """

    space: Mapping[str, Any]
    seed: int
    startup_trials: int
    warmup_epochs: int

    @property
    def distributions(self) -> dict[str, Distribution]:
        """The search space as Optuna distributions, sorted by name."""
        return {name: distribution_of(name, self.space[name]) for name in sorted(self.space)}


def distribution_of(name: str, values: list | Mapping[str, float]) -> Distribution:
    """Return a hyper-parameter's choices or range as an Optuna distribution."""
    if isinstance(values, Mapping):
        return FloatDistribution(values["low"], values["high"], log=name in LOGARITHMIC)
    return CategoricalDistribution(values)


def suggest(trial: BaseTrial, distributions: Mapping[str, Distribution]) -> dict[str, Any]:
    """Return a trial's hyper-parameters; a resumed trial keeps the ones it has."""
    values: dict[str, Any] = {}
    for name, distribution in distributions.items():
        if isinstance(distribution, FloatDistribution):
            values[name] = trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
        else:
            values[name] = trial.suggest_categorical(name, distribution.choices)
    return values


def configured(settings: Mapping[str, Any], distributions: Mapping[str, Distribution]) -> dict[str, Any]:
    """Return the hyper-parameters in a network's settings; nothing, with a log message, if one is outside the space."""
    values = {name: settings["training"][name] for name in distributions}
    try:
        create_trial(value=0, params=values, distributions=dict(distributions))
    except ValueError as error:
        log.info("the configured hyper-parameters are outside the search space and are not tried: %s", error)
        return {}
    return values
