"""Means over networks, mistakes and the outcomes of networks, against hand-computed values and loops."""

import numpy as np
import pandas as pd
import pytest

from selcn.report.viewer_data.predictions import mean_predictions, mistakes, outcomes_of, without


def table(rows: dict[str, tuple[str, list[float]]], variant: str = "original") -> pd.DataFrame:
    """Return predictions of classes a, b and c: id -> label and probabilities."""
    probabilities = np.array([values for _, values in rows.values()], np.float32)
    columns = {"image_id": list(rows), "variant": variant, "label": [label for label, _ in rows.values()]}
    return pd.DataFrame(columns | {f"prob_{name}": probabilities[:, k] for k, name in enumerate("abc")})


def test_a_mean_is_over_the_networks_that_predicted_the_image():
    first = table({"y": ("a", [0.5, 0.25, 0.25]), "x": ("b", [1, 0, 0])})
    second = table({"x": ("b", [0, 0.5, 0.5])})
    means = mean_predictions([first, second])
    assert means["image_id"].tolist() == ["x", "y"]
    assert means["networks"].tolist() == [2, 1]
    assert means["label"].tolist() == ["b", "a"]
    assert means[["prob_a", "prob_b", "prob_c"]].to_numpy().tolist() == [[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]


def test_variants_of_an_image_are_rows_of_their_own():
    rows = {"x": ("a", [0.5, 0.25, 0.25])}
    means = mean_predictions([pd.concat([table(rows), table(rows, "hflip")])])
    assert means["variant"].tolist() == ["hflip", "original"]
    assert means["networks"].tolist() == [1, 1]


def test_misclassified_images_are_ranked_by_the_probability_of_the_predicted_class():
    ranked = mistakes(
        table(
            {
                "sure_and_right": ("a", [0.75, 0.125, 0.125]),
                "wrong": ("a", [0.125, 0.25, 0.625]),
                "right_but_close": ("b", [0.375, 0.5, 0.125]),
                "also_wrong": ("c", [0.75, 0.125, 0.125]),
            }
        )
    )
    assert ranked["image_id"].tolist() == ["also_wrong", "wrong"]
    assert ranked["predicted"].tolist() == ["a", "c"]
    assert ranked["probability"].tolist() == [0.75, 0.625]


def test_mistakes_are_those_of_a_literal_loop():
    rng = np.random.default_rng(0)
    rows = {f"i{k}": (rng.choice([*"abc"]), rng.dirichlet(np.ones(3))) for k in range(50)}
    ranked = mistakes(table(rows)).set_index("image_id")
    expected = {}
    for image_id, (label, values) in rows.items():
        predicted = max(zip(values, "abc", strict=True))[1]
        if predicted != label:
            expected[image_id] = (predicted, max(values))
    assert 0 < len(expected) < len(rows)
    assert sorted(ranked.index) == sorted(expected)
    for image_id, (predicted, probability) in expected.items():
        assert ranked.loc[image_id, "predicted"] == predicted
        assert ranked.loc[image_id, "probability"] == pytest.approx(probability)
    assert ranked["probability"].is_monotonic_decreasing


def test_outcomes_are_those_of_a_literal_loop():
    rng = np.random.default_rng(1)
    labels = {f"i{k}": rng.choice([*"abcd"]) for k in range(20)}
    tables = []
    for _ in range(5):
        ids = rng.choice([*labels], 12, replace=False)
        tables.append(table({name: (labels[name], rng.dirichlet(np.ones(3))) for name in ids}))
    outcomes = outcomes_of(iter(tables))
    known = {name for found in tables for name in found["image_id"] if labels[name] in "abc"}
    assert set(outcomes.index) == known
    for image_id in known:
        rows = [found[found["image_id"] == image_id].iloc[0] for found in tables if image_id in set(found["image_id"])]
        right = [row[f"prob_{row['label']}"] == max(row["prob_a"], row["prob_b"], row["prob_c"]) for row in rows]
        assert outcomes.loc[image_id, "networks"] == len(rows)
        assert outcomes.loc[image_id, "wrong"] == pytest.approx(1 - sum(right) / len(right))


def test_outcomes_leave_variants_out():
    rows = {"x": ("a", [1, 0, 0])}
    assert outcomes_of([table(rows, "hflip"), table(rows)]).loc["x", "networks"] == 1
    assert outcomes_of([table(rows, "hflip")]).empty
    assert outcomes_of([]).empty


def test_images_that_a_network_was_trained_on_are_left_out_under_either_id():
    rows = {name: ("a", [1, 0, 0]) for name in ("x", "y_downsampled", "z")}
    assert without(table(rows), pd.Series(["x", "x", "y"]))["image_id"].tolist() == ["z"]
    assert without(table(rows), pd.Series(["z_downsampled"]))["image_id"].tolist() == ["x", "y_downsampled"]
