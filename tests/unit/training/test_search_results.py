"""Search space and summary of a search, and the settings of the trainings that use its result."""

import math

import pandas as pd
import pytest

import toy_search
from selcn.networks.settings import tuned
from selcn.training.search.space import SearchSettings, configured
from selcn.training.search.summary import IncompleteSearchError, best_of, gather_trials, importances

NAMES = sorted(toy_search.SPACE)


def test_rates_and_decays_are_drawn_on_a_logarithmic_scale():
    space = {name: {"low": 1e-6, "high": 0.9} for name in ("learning_rate", "weight_decay", "beta1")}
    distributions = SearchSettings(space, 1, 1, 1).distributions
    assert {name: distributions[name].log for name in space} == {
        "learning_rate": True,
        "weight_decay": True,
        "beta1": False,
    }


def test_values_outside_the_space_are_not_tried():
    distributions = toy_search.SETTINGS.distributions
    training = {"batch_size": 32, "beta1": 0.9, "learning_rate": 1e-4, "weighted_loss": True, "epochs": 3}
    assert configured({"training": training}, distributions) == {name: training[name] for name in NAMES}
    for name, value in (("batch_size", 31), ("learning_rate", 2.0), ("beta1", 0.1)):
        assert configured({"training": training | {name: value}}, distributions) == {}


def test_found_values_take_the_place_of_the_configuration_s():
    settings = {"dropout": 0.5, "training": {"learning_rate": 1e-4, "epochs": 7}}
    assert tuned(settings, {"learning_rate": 0.1}) == {"dropout": 0.5, "training": {"learning_rate": 0.1, "epochs": 7}}
    assert settings["training"]["learning_rate"] == 1e-4
    with pytest.raises(KeyError, match="rate"):
        tuned(settings, {"rate": 0.1})


def table_of(*values: float, **columns) -> pd.DataFrame:
    """Trials of these values; NaN is a pruned one."""
    table = pd.DataFrame({"number": range(len(values)), "value": values})
    return table.assign(state=table["value"].isna().map({True: "pruned", False: "complete"}), **columns)


def test_the_best_is_the_highest_value_the_first_of_equals():
    table = table_of(0.2, math.nan, 0.6, 0.6, batch_size=[1, 2, 3, 4], weighted_loss=[True, True, False, True])
    assert best_of(table, ["batch_size", "weighted_loss"]) == {
        "trial": 2,
        "value": 0.6,
        "trials": 4,
        "pruned": 1,
        "values": {"batch_size": 3, "weighted_loss": False},
    }


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([table_of(0.1, 0.2)], "2 of 3 trials are finished"),
        ([table_of(0.1, 0.2), table_of(0.1)], "twice"),
        ([table_of(*[math.nan] * 3)], "none of the 3 trials was completed"),
    ],
)
def test_a_search_that_is_not_whole_is_refused(parts, message):
    with pytest.raises(IncompleteSearchError, match=message):
        gather_trials(parts, 3)


def test_importances_need_enough_trials_that_differ():
    space = {"batch_size": [16, 32], "learning_rate": {"low": 1e-5, "high": 1.0}}
    rates, sizes = [10 ** (-5 + k / 4) for k in range(16)], [16, 32] * 8
    differ = table_of(*[k / 16 for k in range(16)], learning_rate=rates, batch_size=sizes)
    found = importances(differ, space)
    assert next(iter(found)) == "learning_rate"
    assert sum(found.values()) == pytest.approx(1)
    assert importances(differ.head(5), space) == {}
    assert importances(differ.assign(value=0.5), space) == {}
