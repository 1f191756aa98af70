"""Recall and precision of the search for images of one lesion, counted by hand."""

import hashlib

import cv2
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from photographs import skin
from selcn.data.duplicates.decisions import Thresholds
from selcn.data.duplicates.rephotographs import CHANGES
from selcn.evaluation.duplicate_detection import (
    is_held_out,
    known_pairs,
    measure_precision,
    measure_recall,
    planted_row,
)
from selcn.evaluation.planted_duplicates import measure_planted
from selcn.storage.artifacts import sha256_of

# Lesions by half, of the first so many names.
NAMES = [f"HAM_{k}" for k in range(40)]
HELD_OUT = [name for name in NAMES if hashlib.sha256(name.encode()).digest()[0] % 2 == 1]
TUNING = [name for name in NAMES if name not in HELD_OUT]


def index_of(rows: list[tuple[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["image_id", "lesion_id"], dtype="str")
    return frame.assign(sha256=frame["image_id"])


def pairs_of(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["image_id_a", "image_id_b", "certainty", "distance"])
    return frame.assign(dataset_a="ham10000", dataset_b="ham10000", candidate="patient")


def test_lesions_are_halved_by_the_checksum_of_their_ids():
    assert [name for name in NAMES if is_held_out(name)] == HELD_OUT
    assert 10 < len(HELD_OUT) < 30


def test_known_pairs_are_those_of_held_out_lesions_without_copies_of_a_file():
    a, b, c = HELD_OUT[:3]
    index = index_of(
        [
            ("i1", a),
            ("i2", a),
            ("i3", a),
            ("i4", b),
            ("i5", c),
            ("i5_downsampled", c),
            ("i6", TUNING[0]),
            ("i7", TUNING[0]),
        ]
    )
    index.loc[index["image_id"] == "i3", "sha256"] = "i2"
    found = known_pairs({"ham10000": index})
    assert found[["lesion_id", "first", "second"]].to_numpy().tolist() == [[a, "i1", "i2"], [a, "i1", "i3"]]


def test_recall_is_the_share_of_known_pairs_that_features_find():
    a, b, c = HELD_OUT[:3]
    index = index_of([("i1", a), ("i2", a), ("i3", a), ("i4", b), ("i5", b), ("i6", c), ("i7", c)])
    pairs = pairs_of(
        [
            ("i2", "i1", "certain", None),
            ("i1", "i3", "doubtful", None),
            # A copy: the hash finds it, whatever the features do.
            ("i4", "i5", "certain", 12),
            ("i1", "i4", "certain", None),
        ]
    )
    table = measure_recall(known_pairs({"ham10000": index}), pairs, np.random.default_rng(0))
    table = table[table["measure"] == "recall"].set_index("certainty")
    counts = table[["lesions", "pairs", "found", "share"]]
    assert counts.loc["certain"].tolist() == [2, 4, 1, 0.25]
    assert counts.loc["certain or doubtful"].tolist() == [2, 4, 2, 0.5]


def test_without_patient_data_only_images_that_look_alike_are_found():
    a, b = HELD_OUT[:2]
    index = index_of([("i1", a), ("i2", a), ("i3", a), ("i4", b), ("i5", b)])
    pairs = pairs_of([("i1", "i2", "certain", None), ("i1", "i3", "certain", None), ("i4", "i5", "doubtful", None)])
    pairs["candidate"] = ["patient", "patient, features", "colour"]
    other = index_of([("j1", a), ("j2", a)])
    table = measure_recall(known_pairs({"isic2019": other, "ham10000": index}), pairs, np.random.default_rng(0))
    table = table[table["dataset"] == "ham10000"]
    counts = table.set_index(["measure", "certainty"])[["pairs", "found"]]
    assert counts.loc[("recall", "certain")].tolist() == [4, 2]
    assert counts.loc[("recall by likeness", "certain")].tolist() == [4, 1]
    assert counts.loc[("recall by likeness", "certain or doubtful")].tolist() == [4, 2]


def test_the_interval_of_the_recall_is_that_of_lesions_not_of_pairs():
    lesions = [f"many-{k}" for k in range(600)]
    lesions = [name for name in lesions if is_held_out(name)][:200]
    rows = [(f"{name}-{k}", name) for name in lesions for k in range(3)]
    # All three pairs of every second lesion.
    found = [
        (f"{name}-{a}", f"{name}-{b}", "certain", None) for name in lesions[::2] for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    known = known_pairs({"ham10000": index_of(rows)})
    row = measure_recall(known, pairs_of(found), np.random.default_rng(0)).iloc[0]
    half = norm.ppf(0.975) * np.sqrt(0.25 / len(lesions))
    assert (row.low, row.high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.01)


def test_precision_counts_pairs_of_held_out_lesions_with_known_ids():
    a, b = HELD_OUT[:2]
    index = index_of([("i1", a), ("i2", a), ("i3", b), ("i4", TUNING[0]), ("i5", "i5")])
    pairs = pairs_of(
        [
            ("i1", "i2", "certain", None),
            ("i1", "i3", "certain", None),
            ("i2", "i3", "doubtful", None),
            ("i1", "i4", "certain", None),
            ("i1", "i5", "certain", None),
        ]
    )
    table = measure_precision({"ham10000": index}, pairs, np.random.default_rng(0)).set_index("certainty")
    assert table.loc["certain", ["pairs", "found"]].tolist() == [2, 1]
    assert table.loc["certain or doubtful", ["pairs", "found"]].tolist() == [3, 1]


def test_the_interval_of_changed_images_is_wilson_s():
    row = planted_row("turn", "ham10000", "certain", np.array([True] * 8 + [False] * 2))
    z, n, p = norm.ppf(0.975), 10, 0.8
    middle, reach = (p + z**2 / (2 * n)), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert row[7:] == pytest.approx((0.8, (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)))


def test_changed_images_are_recognised_and_each_change_changes_them(tmp_path):
    rows = []
    for k, lesion in enumerate([*HELD_OUT[:3], TUNING[0]]):
        path = tmp_path / f"{k}.png"
        cv2.imwrite(str(path), cv2.resize(skin(k), (400, 300), interpolation=cv2.INTER_CUBIC))
        rows.append((f"i{k}", lesion, str(path), sha256_of(path)))
    index = pd.DataFrame(rows, columns=["image_id", "lesion_id", "path", "sha256"])
    table = measure_planted("ham10000", index, Thresholds(certain=6, doubtful=5), 2, np.random.default_rng(1))
    assert set(table["kind"]) == set(CHANGES)
    assert (table["pairs"] == 2).all()
    assert table.set_index("kind").loc[["exposure", "ink"], "share"].min() == 1
    again = measure_planted("ham10000", index, Thresholds(certain=6, doubtful=5), 2, np.random.default_rng(1))
    pd.testing.assert_frame_equal(table, again)
    image = skin(1)
    for change in CHANGES.values():
        changed = change(image.copy(), np.random.default_rng(2))
        assert changed.dtype == np.uint8
        assert changed.shape != image.shape or (changed != image).any()


@pytest.mark.parametrize(("certainty", "share"), [("certain", 1.0), ("doubtful", 0.0)])
def test_where_all_or_none_are_found_the_interval_is_wilson_s_of_the_lesions(certainty, share):
    a, b, c = HELD_OUT[:3]
    index = index_of([(f"{name}-{k}", name) for name in (a, b, c) for k in (0, 1)])
    pairs = pairs_of([(f"{name}-0", f"{name}-1", certainty, None) for name in (a, b, c)])
    table = measure_recall(known_pairs({"ham10000": index}), pairs, np.random.default_rng(0))
    row = table[table["measure"] == "recall"].set_index("certainty").loc["certain"]
    reach = norm.ppf(0.975) ** 2 / (3 + norm.ppf(0.975) ** 2)
    assert row["share"] == share
    assert (row["low"], row["high"]) == pytest.approx((1 - reach, 1) if share else (0, reach))
