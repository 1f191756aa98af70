"""The thesis's values as they ship: each printed figure once, under the right model."""

from pathlib import Path

import pandas as pd
import pytest

from selcn.report.tables.models import CELLS, MODELS, number_of
from selcn.report.tables.specs import CLASSES, SPECS
from selcn.report.tables.values import read_thesis

THESIS = Path(__file__).parents[3] / "resources" / "thesis"
LESION = ("accuracy", "kappa", "macro_precision", "macro_recall", "macro_f1")
SYMMETRY = ("balanced_accuracy", "kappa", "weighted_precision", "weighted_recall", "weighted_f1")


def shipped(number: str) -> pd.DataFrame:
    return pd.read_csv(THESIS / f"table-{number}.csv")


def thesis_value(number: str, cell: str, metric: str) -> tuple[float, float]:
    frame = shipped(number)
    row = frame[(frame["cell"] == cell) & (frame["metric"] == metric)].squeeze()
    return row["mean"], row["sd"]


@pytest.mark.parametrize(
    ("number", "models", "metrics"),
    [
        ("05", MODELS["segmentation"], ("dice", "sensitivity", "specificity", "accuracy")),
        ("06a", MODELS["symmetry"], SYMMETRY),
        ("06b", MODELS["symmetry"], SYMMETRY),
        ("07", ("none", "seg", "lae"), ("iou", "overlap", "pointing_game")),
        *((number, CELLS, LESION) for number in ("08a", "08b", "10", "13", "14")),
        *((number, CELLS, ("iou", "overlap", "pointing_game")) for number in ("09", "15")),
    ],
)
def test_shipped_tables_hold_each_model_and_metric_once(number, models, metrics):
    frame = shipped(number)
    assert list(zip(frame["cell"], frame["metric"], strict=True)) == [(m, k) for m in models for k in metrics]
    assert frame["mean"].between(0, 1).all()
    without_sd = set() if number != "05" else set(metrics)
    assert set(frame.loc[frame["sd"].isna(), "metric"]) == without_sd | ({"pointing_game"} & set(metrics))
    numbers = [number_of(SPECS[number].family, model) for model in frame["cell"]]
    assert [None if pd.isna(model) else int(model) for model in frame["model"]] == numbers


@pytest.mark.parametrize(
    ("number", "cell", "metric", "expected"),
    [
        ("05", "deeplabv3plus", "specificity", (0.9178, None)),
        ("05", "unet", "dice", (0.8807, None)),
        ("06a", "scratch-none", "kappa", (0.329, 0.033)),
        ("06b", "lae", "weighted_f1", (0.735, 0.006)),
        ("07", "seg", "overlap", (0.940, 0.130)),
        ("08a", "cls-none_sym-lae", "accuracy", (0.883, 0.006)),
        ("08b", "cls-none_sym-lae", "macro_recall", (0.824, 0.005)),
        ("09", "cls-seg_sym-seg", "pointing_game", (0.94, None)),
        ("10", "cls-none_sym-off", "accuracy", (0.522, 0.014)),
        ("13", "cls-lae_sym-lae", "macro_f1", (0.729, 0.018)),
        ("14", "cls-none_sym-none", "kappa", (0.418, 0.032)),
        ("15", "cls-lae_sym-lae", "overlap", (0.324, 0.344)),
    ],
)
def test_shipped_values_are_the_printed_ones(number, cell, metric, expected):
    mean, sd = thesis_value(number, cell, metric)
    assert mean == expected[0]
    assert pd.isna(sd) if expected[1] is None else sd == expected[1]


@pytest.mark.parametrize(("number", "within"), [("11", 0.0005), ("12", 0.0031)])
def test_classwise_tables_average_to_their_own_model_in_table_8b(number, within):
    """The print has them swapped; as shipped, each is within rounding of its model and only of its own."""
    frame = shipped(number)
    means = frame.groupby("metric")["mean"].mean()
    cells = {"11": "cls-none_sym-off", "12": "cls-none_sym-seg"}
    assert set(frame["cell"]) == {cells[number]}
    gaps = {
        cell: max(
            abs(means[key] - thesis_value("08b", cell, f"macro_{key}")[0]) for key in ("precision", "recall", "f1")
        )
        for cell in cells.values()
    }
    assert gaps.pop(cells[number]) <= within
    assert min(gaps.values()) > 0.01


def test_classwise_supports_are_those_of_the_test_set():
    supports = {
        number: shipped(number).query("metric == 'support'").set_index("class")["mean"].to_dict()
        for number in ("11", "12")
    }
    assert tuple(supports["11"]) == tuple(supports["12"]) == CLASSES
    assert sum(supports["11"].values()) == 2003
    assert {key: supports["11"][key] - supports["12"][key] for key in CLASSES} == {**dict.fromkeys(CLASSES, 0), "nv": 4}


def test_every_table_has_a_shipped_file_that_its_spec_can_read():
    specs = {number: spec for number, spec in SPECS.items() if spec.in_thesis}
    assert {path.stem for path in THESIS.glob("table-*.csv")} == {f"table-{number}" for number in specs}
    for number, spec in specs.items():
        frame = read_thesis(THESIS / f"table-{number}.csv", spec)
        assert set(frame["metric"]) <= {metric.key for metric in spec.metrics}
