"""Metrics of a source seen and unseen, against literal loops and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, cohen_kappa_score

from selcn.evaluation.sources import COLUMNS, METRICS, measure_cell, measure_gap, paired_predictions
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.sources import source_blocks

CLASSES = ("bcc", "mel", "nv")
FOLDS = 3
# Images of the development set by the fold that holds them out, and of the test set.
IDS = [f"i{k:02}" for k in range(40)]
HELD_OUT = {image_id: k % FOLDS if k < 30 else None for k, image_id in enumerate(IDS)}
LABEL = {image_id: CLASSES[k * 7 % 3 % 2 + k % 2] for k, image_id in enumerate(IDS)}
IMAGES = pd.DataFrame({"image_id": IDS, "source": "vidir", "group": [f"l{k // 2}" for k in range(40)]})


def predictions(ids: list[str], rng: np.random.Generator) -> pd.DataFrame:
    probabilities = rng.dirichlet(np.ones(3), len(ids)).astype(np.float32)
    columns = {f"prob_{name}": probabilities[:, k] for k, name in enumerate(CLASSES)}
    return pd.DataFrame({"image_id": ids, "variant": "original", "label": [LABEL[i] for i in ids], **columns})


def ordinary_and_without(seed: int = 0) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    rng = np.random.default_rng(seed)
    ordinary = [predictions([i for i in IDS if HELD_OUT[i] in (fold, None)], rng) for fold in range(FOLDS)]
    # Not on the last image, whose lesion is trained on.
    unseen = [predictions(IDS[:-1], rng).assign(source="vidir", fold=fold) for fold in range(FOLDS)]
    return ordinary, pd.concat(unseen, ignore_index=True)


def classes_of(table: pd.DataFrame) -> list[str]:
    return [CLASSES[k] for k in table[[f"prob_{name}" for name in CLASSES]].to_numpy().argmax(axis=1)]


def test_pairs_are_of_one_fold_and_the_same_image():
    ordinary, without = ordinary_and_without()
    pairs = paired_predictions(ordinary, without)
    expected = []
    for fold in range(FOLDS):
        seen = dict(zip(ordinary[fold]["image_id"], classes_of(ordinary[fold]), strict=True))
        rows = without[without["fold"] == fold]
        unseen = dict(zip(rows["image_id"], classes_of(rows), strict=True))
        expected += [(i, LABEL[i], fold, seen[i], unseen[i]) for i in IDS[:-1] if i in seen]
    assert sorted(pairs.itertuples(index=False, name=None)) == sorted(expected)
    assert pairs["image_id"].value_counts().to_dict() == {i: 1 if HELD_OUT[i] is not None else 3 for i in IDS[:-1]}


def test_metrics_are_those_of_scikit_learn_with_every_image_counted_once():
    pairs = paired_predictions(*ordinary_and_without())
    weight = 1 / pairs.groupby("image_id")["image_id"].transform("size")
    found = measure_gap(pairs, IMAGES.set_index("image_id")["group"], 200, np.random.default_rng(0)).set_index("metric")
    assert tuple(found.index) == METRICS
    functions = {"accuracy": accuracy_score, "balanced_accuracy": balanced_accuracy_score, "kappa": cohen_kappa_score}
    for metric, function in functions.items():
        expected = {side: function(pairs["label"], pairs[side], sample_weight=weight) for side in ("seen", "unseen")}
        for side, value in expected.items():
            assert found.loc[metric, side] == pytest.approx(value, abs=1e-6)
        assert found.loc[metric, "difference"] == pytest.approx(expected["seen"] - expected["unseen"], abs=1e-6)
        assert found.loc[metric, "low"] < found.loc[metric, "difference"] < found.loc[metric, "high"]
    assert (found["images"].unique().tolist(), found["lesions"].unique().tolist()) == ([39], [20])


def test_the_interval_resamples_lesions_with_all_of_their_images():
    """Each image ten times: the interval is that of one, where its copies are of one lesion, and narrower otherwise."""
    pairs = paired_predictions(*ordinary_and_without())
    copies = pd.concat([pairs.assign(image_id=pairs["image_id"] + f"-{k}") for k in range(10)], ignore_index=True)
    own = {name: name for name in pairs["image_id"]}

    def width(table: pd.DataFrame, groups: dict[str, str]) -> float:
        row = measure_gap(table, pd.Series(groups), 1000, np.random.default_rng(1)).iloc[0]
        return row["high"] - row["low"]

    shared = {name: name.partition("-")[0] for name in copies["image_id"]}
    assert width(copies, shared) == pytest.approx(width(pairs, own), rel=1e-6)
    assert width(copies, {name: name for name in shared}) < 0.5 * width(pairs, own)


def test_a_cell_has_a_row_for_each_source_and_metric_and_no_values_where_a_network_failed():
    ordinary, without = ordinary_and_without()
    other = without[without["image_id"] < "i20"].assign(source="rosendahl")
    failed = other.copy()
    failed.loc[failed["fold"] == 1, [f"prob_{name}" for name in CLASSES]] = np.nan
    table = measure_cell(ordinary, pd.concat([without, failed]), IMAGES, 100, np.random.default_rng(0))
    assert table.columns.tolist() == list(COLUMNS)
    assert table.groupby("source")["difference"].count().to_dict() == {"rosendahl": 0, "vidir": 3}
    table = measure_cell(ordinary, pd.concat([without, other]), IMAGES, 100, np.random.default_rng(0))
    assert table.groupby("source")["images"].first().to_dict() == {"rosendahl": 20, "vidir": 39}
    alone = measure_cell(ordinary, other, IMAGES, 100, np.random.default_rng(0))
    pd.testing.assert_frame_equal(table[table["source"] == "rosendahl"].reset_index(drop=True), alone)
    text = as_markdown(source_blocks(table.assign(cell="cls-none_sym-off"), "HAM10000", ["A note."], demo=True))
    row = alone.set_index("metric").loc["balanced_accuracy"]
    gap = f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
    said = f"| {row['seen']:.3f} | {row['unseen']:.3f} | {gap} |"
    assert said in " ".join(text.split())
    assert text.startswith("# Sources of HAM10000 left out of training\n\n> **Demo data.**")
    assert text.endswith("- A note.\n")
