"""Splits of the thesis's protocol: roles, balancing, folds, and the rule's script."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from jobs import run_script
from selcn.data.splits import by_image as splits
from selcn.data.splits import folds
from selcn.data.splits.by_image import SplitSettings, balance, split_by_image
from selcn.data.variants import VARIANTS
from selcn.storage.artifacts import read_table, write_table

BALANCED = SplitSettings(folds=4, balance=True, cap=40)
PLAIN = SplitSettings(folds=3, balance=False)


def make_index(official: int = 0, **counts: int) -> pd.DataFrame:
    """An index with these counts per class, two images per lesion, classes interleaved by image_id."""
    labels = [label for label, count in counts.items() for _ in range(count)]
    order = np.random.default_rng(0).permutation(len(labels))
    frame = pd.DataFrame({"image_id": [f"image_{k:04}" for k in order], "label": labels, "part": "train"})
    frame["lesion_id"] = [f"lesion_{k // 2}" for k in order]
    tested = pd.DataFrame(
        {
            "image_id": [f"official_{k}" for k in range(official)],
            "label": [list(counts)[k % len(counts)] for k in range(official)],
            "part": "test",
            "lesion_id": [f"official_lesion_{k}" for k in range(official)],
        }
    )
    return pd.concat([frame, tested]).astype("str").sort_values("image_id", ignore_index=True)


# Development set: 80 nv (more than the cap), 32 mel (reach the cap by variants), 8 df (32 rows, all their variants).
INDEX = make_index(nv=100, mel=40, df=10)


def test_the_table_has_the_columns_types_and_order_of_its_contract():
    table = split_by_image(INDEX, BALANCED)
    assert table.columns.tolist() == list(splits.COLUMNS)
    assert table["fold"].dtype == table["search_fold"].dtype == np.int8
    assert table["train"].dtype == table["validation"].dtype == bool
    assert_frame_equal(table, table.sort_values(["image_id", "variant"], ignore_index=True))
    for column in ("lesion_id", "label"):
        assert table[column].tolist() == table["image_id"].map(INDEX.set_index("image_id")[column]).tolist()


@pytest.mark.parametrize("chosen", [BALANCED, PLAIN])
def test_test_set_and_pool_divide_the_images_by_class(chosen):
    table = split_by_image(INDEX, chosen)
    test, pool = folds.test_rows(table), table[table["role"] == "pool"]
    assert set(test["image_id"]).isdisjoint(pool["image_id"])
    assert set(test["image_id"]) | set(pool["image_id"]) == set(INDEX["image_id"])
    assert test["label"].value_counts().to_dict() == {"nv": 20, "mel": 8, "df": 2}
    assert (test["variant"] == "original").all()
    assert (test["fold"] == -1).all()
    assert not (test["train"] | test["validation"]).any()


def test_balancing_draws_up_to_the_cap_and_each_variant_once():
    table = split_by_image(INDEX, BALANCED)
    used = table[table["train"]]
    assert used["label"].value_counts().to_dict() == {"nv": 40, "mel": 40, "df": 32}
    assert not table.duplicated(["image_id", "variant"]).any()
    assert set(used["variant"]) == set(VARIANTS)
    assert (used.loc[used["label"] == "nv", "variant"] == "original").all()
    # No original of a class below the cap is given up for a variant.
    assert used.query("variant == 'original'")["label"].value_counts().to_dict() == {"nv": 40, "mel": 32, "df": 8}


def test_what_the_cap_leaves_over_is_kept_and_never_used():
    table = split_by_image(INDEX, BALANCED)
    surplus = table[(table["role"] == "pool") & ~table["train"]]
    assert len(surplus) == 40
    assert set(surplus["label"]) == {"nv"}
    assert (surplus["variant"] == "original").all()
    assert (surplus["fold"] == -1).all()
    assert not surplus["validation"].any()
    assert set(surplus["image_id"]).isdisjoint(table.loc[table["train"], "image_id"])


@pytest.mark.parametrize("chosen", [BALANCED, PLAIN])
def test_folds_divide_the_used_rows_and_keep_the_class_ratio(chosen):
    table = split_by_image(INDEX, chosen)
    used = table[table["train"]]
    held_out = []
    for fold in range(chosen.folds):
        train, validation = folds.training_rows(table, fold), folds.validation_rows(table, fold)
        assert set(train.index).isdisjoint(validation.index)
        assert set(train.index) | set(validation.index) == set(used.index)
        counts = validation["label"].value_counts()
        assert (abs(counts - used["label"].value_counts() / chosen.folds) < 1).all()
        held_out += validation.index.tolist()
    assert sorted(held_out) == used.index.tolist()


@pytest.mark.parametrize("chosen", [BALANCED, PLAIN])
def test_the_search_holds_out_a_quarter_of_the_used_rows_of_each_class(chosen):
    table = split_by_image(INDEX, chosen)
    used = table[table["train"]]
    train, held_out = (rows(table, 0, folds.SEARCH) for rows in (folds.training_rows, folds.validation_rows))
    assert set(train.index).isdisjoint(held_out.index)
    assert set(train.index) | set(held_out.index) == set(used.index)
    assert (abs(held_out["label"].value_counts() - used["label"].value_counts() / 4) < 1).all()
    assert set(table.loc[table["role"] == "test", "search_fold"]) == {-1}


def test_copies_of_one_image_fall_on_both_sides_as_in_the_thesis():
    table = split_by_image(INDEX, BALANCED)
    shared = set(folds.training_rows(table, 0)["image_id"]) & set(folds.validation_rows(table, 0)["image_id"])
    assert shared


def test_without_balancing_the_pool_is_its_originals():
    pool = split_by_image(INDEX, PLAIN).query("role == 'pool'")
    assert pool["train"].all()
    assert pool["validation"].all()
    assert (pool["variant"] == "original").all()
    assert pool["label"].value_counts().to_dict() == {"nv": 80, "mel": 32, "df": 8}


def test_the_order_of_the_index_changes_nothing():
    shuffled = INDEX.sample(frac=1, random_state=3)
    assert_frame_equal(split_by_image(shuffled, BALANCED), split_by_image(INDEX, BALANCED))


def test_the_seed_decides_test_set_draws_and_folds():
    table, again = split_by_image(INDEX, BALANCED), split_by_image(INDEX, BALANCED)
    assert_frame_equal(table, again)
    other = split_by_image(INDEX, SplitSettings(folds=4, balance=True, cap=40, seed=7))
    assert set(folds.test_rows(table)["image_id"]) != set(folds.test_rows(other)["image_id"])


def test_official_test_images_are_apart_from_the_split():
    index = make_index(official=6, benign=40, malignant=10)
    table = split_by_image(index, PLAIN)
    official = folds.test_rows(table, "official_test")
    assert official["image_id"].tolist() == [f"official_{k}" for k in range(6)]
    assert not (official["train"] | official["validation"]).any()
    assert folds.test_rows(table)["label"].value_counts().to_dict() == {"benign": 8, "malignant": 2}
    without = split_by_image(index[index["part"] == "train"], PLAIN)
    assert_frame_equal(table[table["role"] != "official_test"].reset_index(drop=True), without)


def test_without_folds_every_image_is_tested_on():
    table = split_by_image(INDEX, SplitSettings(folds=0, balance=False))
    assert table["image_id"].tolist() == INDEX["image_id"].tolist()
    assert (table["role"] == "test").all()
    assert not (table["train"] | table["validation"]).any()
    with pytest.raises(ValueError, match="no fold 0"):
        folds.training_rows(table, 0)


def test_without_folds_an_official_test_set_is_apart_too():
    table = split_by_image(make_index(official=6, benign=40, malignant=10), SplitSettings(folds=0, balance=False))
    assert folds.test_rows(table, "official_test")["image_id"].tolist() == [f"official_{k}" for k in range(6)]
    assert len(folds.test_rows(table)) == 50
    assert set(table["role"]) == {"test", "official_test"}
    assert not (table["train"] | table["validation"]).any()


def test_a_fold_that_does_not_exist_is_refused():
    table = split_by_image(INDEX, BALANCED)
    for rows in (folds.training_rows, folds.validation_rows):
        for fold in (4, -1):
            with pytest.raises(ValueError, match=rf"no fold {fold} in the splits; expected one of \[0, 1, 2, 3\]"):
                rows(table, fold)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"nv": 50, "df": 3}, "too few images for 4 folds: df has [23]; expected at least 4"),
        ({"nv": 50, "df": 1}, "too few images for a test set: df has 1; expected at least 2"),
        ({"nv": 50, "df": 3, "vasc": 4}, "df has .*, vasc has 3"),
    ],
)
def test_a_class_too_small_is_named_with_what_to_do(counts, message):
    with pytest.raises(ValueError, match=message) as error:
        split_by_image(make_index(**counts), BALANCED)
    assert "Add images of the class" in str(error.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"folds": 1}, "at least 2"),
        ({"folds": -1}, "at least 2"),
        ({"test_share": 1.0}, "between 0 and 1"),
        ({"test_share": 0.0}, "between 0 and 1"),
        ({"cap": 0}, "at least 1"),
    ],
)
def test_settings_out_of_range_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        SplitSettings(**{"folds": 4, "balance": True} | values)


@settings(max_examples=50)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(1, 60), st.integers(0, 5))
def test_a_balanced_class_has_as_many_rows_as_cap_and_variants_allow(counts, cap, seed):
    labels = [f"class_{k}" for k, count in enumerate(counts) for _ in range(count)]
    pool = pd.DataFrame({"image_id": [f"image_{k}" for k in range(len(labels))], "label": labels})
    rows = balance(pool, cap, np.random.default_rng(seed)).merge(pool, on="image_id")
    assert not rows.duplicated(["image_id", "variant"]).any()
    for k, count in enumerate(counts):
        drawn = rows[rows["label"] == f"class_{k}"]
        assert len(drawn) == min(cap, 4 * count)
        assert (drawn["variant"] == "original").sum() == min(cap, count)


def test_the_order_of_the_pool_changes_no_draw():
    pool = INDEX[["image_id", "label"]]
    # In the one order `nv` is the first label, in the other `df`.
    orders = [pool.sort_values("label", ascending=ascending) for ascending in (False, True)]
    first, second = (balance(order, 20, np.random.default_rng(0)) for order in orders)
    assert_frame_equal(first, second)


def test_an_image_listed_twice_is_refused():
    with pytest.raises(pd.errors.MergeError, match="not unique"):
        split_by_image(pd.concat([INDEX, INDEX.iloc[:1]]), SplitSettings(folds=0, balance=False))


def test_draws_are_spread_over_images_and_variants():
    pool = pd.DataFrame({"image_id": [f"image_{k:03}" for k in range(300)], "label": "mel"})
    drawn = balance(pool, 600, np.random.default_rng(0)).query("variant != 'original'")
    shares = drawn["variant"].value_counts(normalize=True)
    assert len(shares) == 3
    assert shares.between(0.25, 0.42).all()
    kept = balance(pool, 100, np.random.default_rng(0))
    for rows in (drawn, kept):
        assert 120 < rows["image_id"].str[-3:].astype(int).mean() < 180


def run_rule(folder: Path, index: pd.DataFrame, **values) -> pd.DataFrame:
    write_table(index, folder / "index.parquet")
    settings = {"folds": 4, "balance": True, "cap": 40} | values
    inputs, outputs = {"index": folder / "index.parquet"}, {"splits": folder / "splits.parquet"}
    run_script("split_by_image", folder, inputs, outputs, {"settings": settings})
    return read_table(folder / "splits.parquet")


def test_rule_writes_the_splits_and_says_how_many(tmp_path):
    table = run_rule(tmp_path, INDEX)
    assert_frame_equal(table, split_by_image(INDEX, BALANCED))
    log = (tmp_path / "split_by_image.log").read_text()
    assert "pool to train on: 112 rows of 80 images" in log
    assert "test: 30 rows of 30 images" in log


def test_rule_names_the_index_of_a_class_too_small(tmp_path):
    with pytest.raises(ValueError, match=r"index\.parquet: too few images for 4 folds: df has 2"):
        run_rule(tmp_path, make_index(nv=50, df=3))
