"""The rules' scripts write a figure as PNG and as SVG, under a name that no other figure of the study has."""

import pandas as pd
import pytest

from chart_elements import parsed
from drawn_inputs import some_history
from jobs import run_script
from selcn.storage.artifacts import write_json, write_table


def class_balance(folder):
    splits = pd.DataFrame({"image_id": ["a", "b"], "label": "nv", "role": "pool", "train": True})
    write_table(splits, folder / "splits.parquet")
    return {"splits": folder / "splits.parquet"}, {}


def training_curves(folder):
    some_history(3, 1).to_csv(folder / "history.csv", index=False)
    write_json({}, folder / "metrics.json")
    inputs = {"histories": [folder / "history.csv"], "metrics": [folder / "metrics.json"]}
    return inputs, {"cells": {"none": ["cls-none_sym-off"]}}


def search(folder):
    trials = pd.DataFrame({"number": [0, 1], "state": "complete", "value": [0.5, 0.6]})
    trials.to_csv(folder / "trials.csv", index=False)
    write_json({}, folder / "importances.json")
    inputs = {"trials": folder / "trials.csv", "importances": folder / "importances.json"}
    return inputs, {"searched": "lesion cls-none_sym-off", "score": "Validation accuracy"}


@pytest.mark.parametrize(
    ("figure", "several", "name"),
    [
        (class_balance, False, "thesis-figure-06"),
        (training_curves, True, "thesis-figure-11"),
        (search, False, "thesis-search-lesion-cls-none_sym-off"),
    ],
)
def test_a_script_writes_both(tmp_path, figure, several, name):
    inputs, params = figure(tmp_path)
    png, svg = tmp_path / "figure-11.png", tmp_path / "figure-11.svg"
    outputs = {"figures": [png], "svgs": [svg]} if several else {"figure": png, "svg": svg}
    wildcards = {"protocol": "thesis", "search": "lesion/cls-none_sym-off"}
    run_script(f"draw_{figure.__name__}", tmp_path, inputs, outputs, params | {"demo": False}, wildcards)
    assert png.stat().st_size > 0
    title = parsed(svg.read_text(encoding="utf-8")).find("title")
    assert title.get("id") == f"{name}-title"
    assert title.text
