"""The reliability diagrams draw what the bins hold, no bin that is empty, and each network's own temperature."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.special import softmax

from chart_elements import parsed
from jobs import run_script
from selcn.evaluation.calibration import calibration_error
from selcn.report.figures import reliability
from selcn.storage.artifacts import read_table, write_json, write_table
from simulated_files import networks_of

CELL = "cls-none_sym-lae"
CLASSES = ["bkl", "mel", "nv"]


def bins(right: list[float], images: list[int]) -> pd.DataFrame:
    edges = np.linspace(0, 1, len(right) + 1)
    claimed = np.where(np.array(images) > 0, (edges[1:] + edges[:-1]) / 2, np.nan)
    return pd.DataFrame({"lower": edges[:-1], "upper": edges[1:], "images": images, "claimed": claimed, "right": right})


TRAINED = bins([np.nan, 0.3, 0.5, 0.75], [0, 10, 20, 70])
SCALED = bins([np.nan, 0.375, 0.625, 0.875], [0, 40, 50, 10])


def test_each_curve_shows_its_filled_bins_and_its_error():
    figure = Figure()
    reliability.draw(figure, {CELL: {"as trained": TRAINED, "scaled": SCALED}}, {})
    above, below = figure.axes
    lines = {line.get_label(): line.get_xydata() for line in above.get_lines()}
    assert list(lines)[1:] == ["as trained (ECE 0.120)", "scaled (ECE 0.000)"]
    np.testing.assert_allclose(lines["as trained (ECE 0.120)"], [[0.375, 0.3], [0.625, 0.5], [0.875, 0.75]])
    assert [patch.get_data().values.tolist() for patch in below.patches] == [[0, 10, 20, 70], [0, 40, 50, 10]]
    assert above.get_title() == "Model 4\nSymmetry model: LAE box"


def predictions(overclaimed: float, seed: int, images: int = 4000) -> pd.DataFrame:
    """Draw labels from probabilities, and claim them with logits that are so many times too large."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.standard_normal((images, 3))
    drawn = (rng.random((images, 1)) > np.cumsum(softmax(logits, axis=1), axis=1)).sum(axis=1).clip(max=2)
    claimed = softmax(overclaimed * logits, axis=1)
    columns = {f"prob_{name}": claimed[:, k].astype(np.float32) for k, name in enumerate(CLASSES)}
    return pd.DataFrame({"image_id": np.arange(images).astype(str), "label": np.array(CLASSES)[drawn], **columns})


@pytest.fixture
def runs(tmp_path):
    """Two networks of a cell that claim too much, one of them far more, and their validation predictions."""
    paths = {}
    for subset in ("validation", "test"):
        for fold, overclaimed in enumerate((2, 5)):
            path = tmp_path / CELL / "seed-1" / f"fold-{fold}" / "predictions" / f"{subset}.parquet"
            write_table(predictions(overclaimed, seed=10 * fold + len(subset)), path)
            paths.setdefault(subset, {})[1, fold] = path
    return paths


def test_each_network_has_a_temperature_of_its_own(runs):
    curves = reliability.read_curves(runs["validation"], runs["test"])
    assert list(curves) == ["as trained", "scaled"]
    assert [table["images"].sum() for table in curves.values()] == [8000, 8000]
    assert calibration_error(curves["as trained"]) > 0.1
    assert calibration_error(curves["scaled"]) < 0.02
    # The temperature of one network does not do for the other.
    swapped = {(1, 0): runs["validation"][1, 1], (1, 1): runs["validation"][1, 0]}
    assert calibration_error(reliability.read_curves(swapped, runs["test"])["scaled"]) > 0.05


def test_the_rule_s_script_draws_the_cells_that_it_is_given(runs, tmp_path):
    inputs = {subset: list(paths.values()) for subset, paths in runs.items()} | {"metrics": [tmp_path / "metrics.json"]}
    write_json({}, tmp_path / "metrics.json")
    params = {"demo": True, "cells": {"none": [CELL]}, "networks": networks_of([CELL], {CELL: [1]}, 2)}

    def run(name: str) -> None:
        outputs = {"figures": [tmp_path / f"{name}.png"], "svgs": [tmp_path / f"{name}.svg"]}
        run_script("draw_reliability", tmp_path, inputs, outputs, params, {"protocol": "leakfree"})

    run("a")
    assert (tmp_path / "a.png").stat().st_size > 0
    root = parsed((tmp_path / "a.svg").read_text(encoding="utf-8"))
    assert root.find("title").get("id") == "leakfree-a-title"
    assert root.find("title").text.startswith("Reliability of the lesion networks on the test set.")
    # A failed network's predictions are not read.
    write_table(read_table(inputs["test"][0]).assign(prob_mel=np.nan), inputs["test"][0])
    write_json({"failed": "seed 1, fold 0: its predictions"}, tmp_path / "metrics.json")
    run("b")
    assert (tmp_path / "b.png").read_bytes() != (tmp_path / "a.png").read_bytes()


def test_a_failed_cell_keeps_its_place_and_the_caption_says_why():
    figure, reason = Figure(), {CELL: "fold 1: its predictions"}
    reliability.draw(figure, {"cls-none_sym-off": {"as trained": TRAINED}, CELL: {}}, reason)
    _, failed, _, below = figure.axes
    assert failed.get_title() == "Model 4\nSymmetry model: LAE box"
    assert [text.get_text() for text in failed.texts] == ["failed"]
    assert not below.patches
    said = " ".join(figure.get_supxlabel().split())
    assert said.endswith("Left out: cls-none_sym-lae, failed (fold 1: its predictions).")
