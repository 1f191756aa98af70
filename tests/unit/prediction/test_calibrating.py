"""What a bundle takes from predictions, by hand-computed cases."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from selcn.design.trained_networks import TrainedNetwork
from selcn.prediction.calibrating import calibrated, mean_predictions, metrics_of_mean, pooled_validation

CLASSES = ("bcc", "mel", "nv")


def table(ids, labels, seed=0) -> pd.DataFrame:
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(3), len(ids)).astype(np.float32)
    columns = {f"prob_{name}": probabilities[:, k] for k, name in enumerate(CLASSES)}
    return pd.DataFrame({"image_id": list(ids), "label": labels, **columns})


def network(fold: int, seed: int) -> TrainedNetwork:
    return TrainedNetwork("lesion", "set", "cls-none_sym-off", fold, seed)


def test_validation_is_pooled_over_folds_and_averaged_over_seeds():
    first, second, other = table("ab", ["mel", "nv"], 1), table("ab", ["mel", "nv"], 2), table("c", ["bcc"], 3)
    pooled = pooled_validation([network(0, 1), network(1, 1), network(0, 2)], [first, other, second])
    assert pooled["image_id"].tolist() == ["a", "b", "c"]
    assert pooled["prob_mel"].tolist() == pytest.approx(
        [*(first["prob_mel"] + second["prob_mel"]) / 2, *other["prob_mel"]], abs=1e-7
    )


def test_predictions_of_other_images_are_refused():
    with pytest.raises(ValueError, match="not of the same images in one order"):
        mean_predictions([table("ab", ["mel", "nv"]), table("ba", ["nv", "mel"])])


def test_thresholds_reach_their_sensitivity_after_the_temperature():
    validation = table(range(200), np.random.default_rng(5).choice(CLASSES, 200), 6)
    temperature, thresholds = calibrated(validation, [0.5, 0.9])
    assert thresholds["malignant"]["classes"] == ["bcc", "mel"]
    assert thresholds["melanoma"]["classes"] == ["mel"]
    scaled = validation[["prob_bcc", "prob_mel", "prob_nv"]].to_numpy(np.float64) ** (1 / temperature)
    scaled /= scaled.sum(axis=1, keepdims=True)
    for decision, score in (("malignant", scaled[:, 0] + scaled[:, 1]), ("melanoma", scaled[:, 1])):
        positive = validation["label"].isin(thresholds[decision]["classes"]).to_numpy()
        for at in (0.5, 0.9):
            reached = (score[positive] >= thresholds[decision]["at_sensitivity"][str(at)] - 1e-12).mean()
            assert at <= reached <= at + 1 / positive.sum() + 1e-9


def test_a_threshold_without_positive_images_is_null():
    _, thresholds = calibrated(table("abc", ["nv", "nv", "bcc"]), [0.9])
    assert thresholds["melanoma"]["at_sensitivity"] == {"0.9": None}


def test_metrics_are_those_of_the_mean():
    labels = [*CLASSES] * 10
    tables = [table(range(30), labels, seed) for seed in (1, 2, 3)]
    mean = np.mean([own.filter(like="prob_").to_numpy() for own in tables], axis=0)
    predicted = np.array(CLASSES)[mean.argmax(axis=1)]
    found = metrics_of_mean(tables, 1.7)
    assert found["images"] == 30
    assert found["accuracy"] == accuracy_score(labels, predicted)
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found["macro_f1"] == pytest.approx(f1_score(labels, predicted, average="macro"))
