"""What a search may choose: the thesis's five hyper-parameters (section 5.2), and where each may lie."""

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
    """Settings of a network's search, but for how many trials it has and how many workers run them.

    Attributes
    ----------
    space
        For each hyper-parameter a list of choices, or {"low", "high"}: learning rate and weight decay on a
        logarithmic scale.
    seed
        Seed of the sampler's draws.
    startup_trials
        Trials drawn at random before the sampler learns from them, and before any is pruned.
    warmup_epochs
        Epochs that every trial is left in peace.
    """

    space: Mapping[str, Any]
    seed: int
    startup_trials: int
    warmup_epochs: int

    @property
    def distributions(self) -> dict[str, Distribution]:
        """The space as Optuna states it, in the order of its names."""
        return {name: distribution_of(name, self.space[name]) for name in sorted(self.space)}


def distribution_of(name: str, values: list | Mapping[str, float]) -> Distribution:
    """Return a hyper-parameter's choices or range as Optuna states it."""
    if isinstance(values, Mapping):
        return FloatDistribution(values["low"], values["high"], log=name in LOGARITHMIC)
    return CategoricalDistribution(values)


def suggest(trial: BaseTrial, distributions: Mapping[str, Distribution]) -> dict[str, Any]:
    """Return a trial's hyper-parameters; those that it was given before it was killed stay as they are."""
    values: dict[str, Any] = {}
    for name, distribution in distributions.items():
        if isinstance(distribution, FloatDistribution):
            values[name] = trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
        else:
            values[name] = trial.suggest_categorical(name, distribution.choices)
    return values


def configured(settings: Mapping[str, Any], distributions: Mapping[str, Distribution]) -> dict[str, Any]:
    """Return the hyper-parameters that a network's settings have, or nothing, and say so, where one is not allowed."""
    values = {name: settings["training"][name] for name in distributions}
    try:
        create_trial(value=0, params=values, distributions=dict(distributions))
    except ValueError as error:
        log.info("the configuration's own values lie outside the space and are not tried: %s", error)
        return {}
    return values
