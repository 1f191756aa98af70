"""Shares of classes among the nearest images of other lesions, against a literal loop."""

import numpy as np
import pandas as pd
import pytest

from selcn.evaluation.label_audit.neighbours import neighbour_shares, pooled_features
from selcn.storage.artifacts import write_table


def literal(features, label, lesions, classes, count):
    shares = np.full((len(label), classes), np.nan)
    for one, row in enumerate(features):
        cosine = [
            (1 - row @ other / np.linalg.norm(row) / np.linalg.norm(other), number)
            for number, other in enumerate(features)
            if lesions[number] != lesions[one]
        ]
        nearest = [label[number] for _, number in sorted(cosine)[:count]]
        if nearest:
            shares[one] = [nearest.count(name) / len(nearest) for name in range(classes)]
    return shares


@pytest.mark.parametrize("count", [1, 5, 60])
def test_shares_are_those_of_a_literal_loop_over_other_lesions(count):
    rng = np.random.default_rng(2)
    features = rng.normal(size=(40, 6)) * rng.uniform(0.1, 10, (40, 1))
    label, lesions = rng.integers(0, 3, 40), rng.integers(0, 15, 40).astype(str)
    found = neighbour_shares(features, label, lesions, 4, count)
    np.testing.assert_allclose(found, literal(features, label, lesions, 4, count))


def test_an_only_lesion_has_no_neighbours():
    shares = neighbour_shares(np.eye(3), np.array([0, 1, 1]), np.array(["a", "a", "a"]), 2, 2)
    assert np.isnan(shares).all()


def test_features_are_averaged_over_the_map_of_images_as_they_are(tmp_path):
    maps = np.arange(4 * 2 * 2 * 2, dtype=np.float16).reshape(4, 2, 2, 2)
    np.save(tmp_path / "features.npy", maps)
    rows = pd.DataFrame({"image_id": ["a", "a", "b", "c"], "variant": ["original", "hflip", "original", "original"]})
    write_table(rows, tmp_path / "manifest.parquet")
    ids, features = pooled_features(str(tmp_path / "features.npy"), str(tmp_path / "manifest.parquet"))
    assert ids == ["a", "b", "c"]
    assert features.tolist() == [[1.5, 5.5], [17.5, 21.5], [25.5, 29.5]]
