"""Predictions of many cells become codes of one test set, or a message that names what does not fit."""

import numpy as np
import pandas as pd
import pytest

from selcn.evaluation.comparisons.measured import image_scores_of, predictions_of

CLASSES = ["mel", "nv"]
LESIONS = pd.DataFrame({"image_id": ["a", "b", "c", "other"], "lesion_id": ["L2", "L1", "L2", "L9"]})


def table(predicted, image_ids=("a", "b", "c"), label=("mel", "nv", "nv")):
    probabilities = np.array([[0.8, 0.2] if name == "mel" else [0.1, 0.9] for name in predicted], np.float32)
    columns = {f"prob_{name}": probabilities[:, number] for number, name in enumerate(CLASSES)}
    return pd.DataFrame({"image_id": image_ids, "variant": "original", "label": label, **columns})


def tables():
    return {
        "off": {(1, 0): table(["mel", "nv", "nv"]), (1, 1): table(["mel", "mel", "nv"])},
        "cams": {(1, 0): table(["nv", "nv", "nv"]), (1, 1): table(["mel", "nv", "mel"])},
    }


def test_predictions_are_codes_by_cell_seed_fold_and_image():
    out = predictions_of(tables(), LESIONS, "test")
    assert (out.cells, out.classes, out.runs) == (("off", "cams"), ("mel", "nv"), (1, 2))
    np.testing.assert_array_equal(out.label, [0, 1, 1])
    np.testing.assert_array_equal(out.predicted, [[[[0, 1, 1], [0, 0, 1]]], [[[1, 1, 1], [0, 1, 0]]]])
    assert out.lesion[0] == out.lesion[2] != out.lesion[1]
    assert sorted(set(out.lesion)) == [0, 1]


def test_the_order_of_rows_does_not_matter():
    shuffled = {cell: {run: frame.iloc[::-1] for run, frame in runs.items()} for cell, runs in tables().items()}
    shuffled["cams"] = tables()["cams"]
    expected, out = predictions_of(tables(), LESIONS, "test"), predictions_of(shuffled, LESIONS, "test")
    np.testing.assert_array_equal(out.predicted, expected.predicted)
    np.testing.assert_array_equal(out.lesion, expected.lesion)


def with_run(cell, run, frame):
    changed = tables()
    changed[cell][run] = frame
    return changed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, "no predictions"),
        (with_run("cams", (2, 0), table(["mel", "nv", "nv"])), r"cams has \(seed, fold\).*expected the same"),
        ({"off": {(1, 0): table(["mel"] * 3), (2, 1): table(["mel"] * 3)}}, "every fold of every seed"),
        (with_run("cams", (1, 1), table(["mel"] * 3, ["a", "b", "x"])), "cams, seed 1, fold 1: images or labels"),
        (with_run("cams", (1, 1), table(["mel"] * 3, label=["nv"] * 3)), "cams, seed 1, fold 1: images or labels"),
        (with_run("cams", (1, 1), table(["mel"] * 3, ["a", "b", "b"])), "cams, seed 1, fold 1: .*'b'.* twice"),
        (with_run("cams", (1, 1), table(["mel"] * 3).rename(columns={"prob_nv": "prob_x"})), r"classes \['mel', 'x'\]"),
        (with_run("cams", (1, 1), table(["mel"] * 3).assign(prob_nv=np.nan)), "not finite"),
    ],
)
def test_what_does_not_fit_is_named(changed, message):
    with pytest.raises(ValueError, match=message):
        predictions_of(changed, LESIONS, "test")


def test_labels_of_no_class_are_named():
    frames = {"off": {(1, 0): table(["mel"] * 3, label=["mel", "nv", "scc"])}}
    with pytest.raises(ValueError, match=r"labels \['scc'\]"):
        predictions_of(frames, LESIONS, "test")


def test_an_image_without_a_lesion_or_with_two_is_named():
    with pytest.raises(ValueError, match="1 images have no lesion, b the first"):
        predictions_of(tables(), LESIONS[LESIONS["image_id"] != "b"], "test")
    twice = pd.concat([LESIONS, pd.DataFrame({"image_id": ["a"], "lesion_id": ["L7"]})])
    with pytest.raises(ValueError, match="image a belongs to more than one lesion"):
        predictions_of(tables(), twice, "test")


def scores(iou, image_ids=("a", "b", "c")):
    return pd.DataFrame({"image_id": image_ids, "iou": iou, "hit": [True, False, True]})


def test_an_image_that_one_cell_has_no_score_of_is_left_out_for_both():
    frames = {"off": scores([0.2, 0.4, 0.6]), "cams": scores([0.5, np.nan, 0.7])}
    out = image_scores_of(frames, LESIONS, ["iou", "hit"], "test")
    weights = np.array([[1, 1, 1], [2, 0, 0], [0, 1, 0]], np.float32)
    np.testing.assert_allclose(out.scores(out.totals(0, weights))[:, 0, 0], [[0.4, 2 / 3], [0.2, 1], [np.nan, 0]])
    np.testing.assert_allclose(out.scores(out.totals(1, weights))[:, 0, 0], [[0.6, 2 / 3], [0.5, 1], [np.nan, 0]])
    # Images a and c, which are of one lesion; all three of both.
    assert out.sizes() == [(2, 1), (3, 2)]


def test_cams_of_other_images_are_named():
    frames = {"off": scores([0.2, 0.4, 0.6]), "cams": scores([0.2, 0.4, 0.6], ["a", "b", "x"])}
    with pytest.raises(ValueError, match="the images of cams differ from those of off"):
        image_scores_of(frames, LESIONS, ["iou"], "test")
    with pytest.raises(ValueError, match="no cells"):
        image_scores_of({}, LESIONS, ["iou"], "test")
