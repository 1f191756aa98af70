"""Splits without a source: trained on none of its images, tested on all whose lesion is not trained on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selcn.data.splits.by_lesion import split_by_lesion
from selcn.data.splits.folds import test_rows as rows_of_test_set
from selcn.data.splits.folds import training_rows, validation_rows
from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions
from selcn.data.splits.without_source import FEWEST, images_of_sources, reason_against, without_each_source
from selcn.data.splits.without_source import without_source as leave_out

CLASSES = ("mel", "nv")
SETTINGS = LesionSplitSettings({"ours": 3}, "ours", "ours", 42, 0.2)


def make(seed: int = 0, count: int = 160) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a split table, and the sources and lesions of its images; some lesions are of two sources."""
    rng = np.random.default_rng(seed)
    ids = [f"i{k:03}" for k in range(count)]
    index = pd.DataFrame({"image_id": ids, "label": rng.choice(CLASSES, count), "part": "train", "dataset": "ours"})
    index = index.assign(lesion_id=[f"l{k}" for k in rng.integers(0, 0.7 * count, count)])
    index["source"] = np.where(rng.random(count) < 0.1, None, rng.choice(["rosendahl", "vidir", "molemax"], count))
    lesions = assign_lesions(index.rename(columns={"lesion_id": "lesion"}), SETTINGS)
    groups = index[["image_id", "lesion_id"]].rename(columns={"lesion_id": "group"})
    return split_by_lesion(index, lesions, 40, 1), images_of_sources(index, groups.iloc[::-1])


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000))
def test_the_source_is_tested_on_and_neither_trained_nor_validated_on(seed):
    splits, images = make(seed)
    of = images.set_index("image_id")
    for source in ("rosendahl", "vidir", "molemax"):
        reduced = leave_out(splits, images, source)
        assert (reduced.dtypes == splits.dtypes).all()
        pool = splits[(splits["role"] == "pool") & (splits["image_id"].map(of["source"]) != source)]
        kept = set(pool["image_id"])
        expected = [
            image_id
            for image_id, row in of.iterrows()
            if row["source"] == source and row["group"] not in set(of.loc[sorted(kept), "group"])
        ]
        assert sorted(rows_of_test_set(reduced)["image_id"]) == expected
        for fold in range(3):
            for rows_of in (training_rows, validation_rows):
                before, after = rows_of(splits, fold), rows_of(reduced, fold)
                kept_rows = before[before["image_id"].isin(kept)].reset_index(drop=True)
                pd.testing.assert_frame_equal(after.reset_index(drop=True), kept_rows)
            assert set(training_rows(reduced, fold)["lesion_id"]).isdisjoint(rows_of_test_set(reduced)["lesion_id"])


def test_the_official_test_set_is_left_alone():
    splits, images = make()
    splits.loc[splits["role"] == "test", "role"] = "official_test"
    tested = rows_of_test_set(leave_out(splits, images, "vidir"))["image_id"]
    assert len(tested)
    assert set(tested) <= set(splits.loc[splits["role"] == "pool", "image_id"])


def test_sources_with_too_few_images_or_all_of_a_class_are_not_left_out():
    splits, images = make(count=240)
    label = splits.drop_duplicates("image_id").set_index("image_id")["label"]
    nevi = images["image_id"].map(label) == "nv"
    few = images.assign(source=np.where(images.index < 12, "few", np.where(nevi, "nevi", None)))
    with pytest.raises(ValueError, match=r"no source can be left out: few: fewer than two .* 10 images.*; nevi: fewer"):
        without_each_source(splits, few, CLASSES)
    with pytest.raises(ValueError, match="no image has a known source"):
        without_each_source(splits, images.assign(source=None), CLASSES)
    tables, reasons = without_each_source(splits, images, CLASSES)
    assert (list(tables), reasons) == (["molemax", "rosendahl", "vidir"], {})
    one_class = images.assign(source=images["source"].mask((images["source"] == "vidir") & ~nevi, None))
    tables, reasons = without_each_source(splits, one_class, CLASSES)
    assert list(tables) == ["molemax", "rosendahl"]
    assert reasons == {"vidir": "fewer than two classes with 10 images to test on"}
    # Nearly all melanomas are of one source.
    most = images.assign(source=np.where(~nevi | (images.index % 2 == 0), "most", "rest"))
    reduced = leave_out(splits, most, "most")
    assert (rows_of_test_set(reduced)["label"].value_counts() >= FEWEST).all()
    assert reason_against(reduced, CLASSES) == "fold 0 has no image of mel to train on"
    # A class that none of the networks knows is not asked for.
    assert reason_against(reduced, ("nv",)) is None
