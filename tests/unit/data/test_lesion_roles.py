"""The leakfree protocol: no lesion on both sides of a split, and out-of-fold networks only."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from selcn.data.splits import folds
from selcn.data.splits.by_lesion import split_by_lesion
from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions
from selcn.data.variants import VARIANTS
from selcn.networks.out_of_fold import batches_by_fold, folds_of

SETTINGS = LesionSplitSettings({"ham10000": 4, "symderm": 3, "isic2016": 4}, "ham10000", "symderm", 42, 0.2)
CLASSES = {"ham10000": ["nv", "mel", "df"], "symderm": ["symmetric", "asymmetric"], "isic2016": ["benign", "malignant"]}


def make_images(seed: int = 0, counts: dict[str, int] | None = None, official: int = 6) -> pd.DataFrame:
    """Images of four data sets that share lesions; one to four images per lesion."""
    rng = np.random.default_rng(seed)
    rows = []
    for dataset, count in (counts or {"ham10000": 240, "symderm": 120, "isic2019": 300, "isic2016": 100}).items():
        for number in range(count):
            # The first half of every data set shares its lesions with HAM10000.
            lesion = rng.integers(120) if number < count // 2 else 1000 + 10_000 * len(rows) + number // 2
            classes = CLASSES.get(dataset, CLASSES["ham10000"])
            label = classes[int(lesion) % len(classes)]
            rows.append((dataset, f"{dataset}_{number:04}", label, "train", f"lesion_{lesion}"))
    for number in range(official):
        rows.append(("isic2016", f"official_{number}", "benign", "test", f"lesion_{rng.integers(120)}"))
        rows.append(("isic2019", f"official_2019_{number}", "unk", "test", f"lesion_{rng.integers(120)}"))
    return pd.DataFrame(rows, columns=["dataset", "image_id", "label", "part", "lesion"])


IMAGES = make_images()
LESIONS = assign_lesions(IMAGES, SETTINGS)


def index_of(dataset: str, images: pd.DataFrame = IMAGES) -> pd.DataFrame:
    ours = images[images["dataset"] == dataset]
    return ours.assign(lesion_id=ours["lesion"])[["image_id", "lesion_id", "label", "part"]].reset_index(drop=True)


def splits_of(dataset: str, cap: int | None = None, lesions: pd.DataFrame = LESIONS) -> pd.DataFrame:
    return split_by_lesion(index_of(dataset), lesions[lesions["dataset"] == dataset], cap, seed=1)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_no_lesion_is_trained_on_and_tested_in_any_data_set(seed):
    images = make_images(seed)
    table = assign_lesions(images, SETTINGS)
    roles = table.assign(pool=table["role"].isin(["pool", "seen"])).groupby("lesion")["pool"].nunique()
    assert set(table.loc[table["dataset"] == "isic2019", "role"]) == {"seen", "test", "official_test"}
    assert (roles == 1).all()
    for column in ("fold", "search_fold"):
        pool = table[table["role"] == "pool"]
        assert (pool.groupby(["dataset", "lesion"])[column].nunique() == 1).all()
        assert (table.loc[table["role"] != "pool", column] == -1).all()


def test_a_mask_or_cam_is_of_a_network_that_never_saw_the_lesion():
    for network, dataset in (("segmentation", "ham10000"), ("symmetry", "symderm")):
        pool = LESIONS[(LESIONS["dataset"] == dataset) & (LESIONS["role"] == "pool")]
        assert LESIONS[f"{network}_fold"].between(0, SETTINGS.folds[dataset] - 1).all()
        for fold in range(SETTINGS.folds[dataset]):
            seen = set(pool.loc[pool["fold"] != fold, "lesion"])
            assert seen
            given_to = LESIONS[LESIONS[f"{network}_fold"] == fold]
            assert seen.isdisjoint(given_to["lesion"])
            assert len(given_to) > len(LESIONS) / 8  # elsewhere a hash chooses, so every fold has its share


def test_a_lesion_of_an_official_test_set_is_trained_on_nowhere():
    official = set(IMAGES.loc[IMAGES["part"] == "test", "lesion"])
    assert official
    assert not len(LESIONS[LESIONS["lesion"].isin(official) & (LESIONS["role"] == "pool")])
    apart = set(LESIONS.loc[LESIONS["role"] == "official_test", "image_id"])
    assert apart == {f"{name}_{k}" for name in ("official", "official_2019") for k in range(6)}
    # Images of these lesions in the data set used for evaluation only: in its test set, since no network saw them.
    others = LESIONS[LESIONS["lesion"].isin(official) & (LESIONS["dataset"] == "isic2019")]
    assert set(others.loc[~others["image_id"].isin(apart), "role"]) == {"test"}


def test_a_fifth_of_the_lesions_is_tested_and_every_class_is_in_every_fold():
    ours = LESIONS[LESIONS["dataset"] == "ham10000"].merge(IMAGES[["image_id", "label"]], on="image_id")
    assert (ours["role"] == "test").mean() == pytest.approx(0.2, abs=0.06)
    pool = ours[ours["role"] == "pool"]
    assert (pd.crosstab(pool["fold"], pool["label"]) > 0).all().all()
    assert pool["fold"].value_counts().min() > len(pool) / 6


def test_very_few_new_lesions_are_all_in_the_development_set():
    ham10000 = IMAGES.loc[IMAGES["dataset"] == "ham10000", "lesion"]
    official = set(IMAGES.loc[IMAGES["part"] == "test", "lesion"])
    new = (IMAGES["dataset"] == "symderm") & ~IMAGES["lesion"].isin([*ham10000, *official])
    few = sorted(IMAGES.loc[new, "lesion"].unique())[:4]
    table = assign_lesions(IMAGES[~new | IMAGES["lesion"].isin(few)], SETTINGS)
    symderm = table[table["dataset"] == "symderm"]
    assert (
        symderm.loc[symderm["lesion"].isin(few), "role"].tolist() == ["pool"] * (new & IMAGES["lesion"].isin(few)).sum()
    )
    assert (symderm["role"] == "test").any(), "lesions that HAM10000 tests on"


def test_the_division_does_not_depend_on_the_order_of_the_images():
    assert_frame_equal(assign_lesions(IMAGES.sample(frac=1, random_state=3), SETTINGS), LESIONS)


def test_too_few_lesions_of_a_class_are_named():
    images = make_images(counts={"ham10000": 40, "symderm": 30, "isic2016": 30}, official=0)
    images.loc[images["label"] == "df", "label"] = "nv"
    images.loc[images.index[0], "label"] = "vasc"
    with pytest.raises(ValueError, match=r"too few images for 4 folds of ham10000 by lesion: vasc has \d"):
        assign_lesions(images, SETTINGS)


@pytest.mark.parametrize(("dataset", "cap"), [("ham10000", 60), ("symderm", None), ("isic2016", None)])
def test_folds_are_balanced_to_be_trained_on_and_validated_as_they_are(dataset, cap):
    table = splits_of(dataset, cap)
    count = SETTINGS.folds[dataset]
    assert not table.duplicated(["image_id", "variant"]).any()
    for fold in range(count):
        trained, validated = folds.training_rows(table, fold), folds.validation_rows(table, fold)
        assert set(trained["lesion_id"]).isdisjoint(validated["lesion_id"])
        assert (validated["variant"] == "original").all()
        held_out = LESIONS[(LESIONS["dataset"] == dataset) & (LESIONS["fold"] == fold)]
        assert sorted(validated["image_id"]) == sorted(held_out["image_id"])
        if cap:
            per_class = trained["label"].value_counts()
            assert per_class.max() <= cap * (count - 1) / count
            assert set(trained["variant"]) == set(VARIANTS)
        else:
            assert (trained["variant"] == "original").all()


def test_each_fold_has_its_share_of_the_cap():
    # Three folds, which the quarters of the search are not.
    lesions = assign_lesions(IMAGES, replace(SETTINGS, folds=SETTINGS.folds | {"ham10000": 3}))
    share, table = 20, splits_of("ham10000", 3 * 20 + 2, lesions)
    images = IMAGES[IMAGES["dataset"] == "ham10000"].merge(lesions[["image_id", "role", "fold"]], on="image_id")
    counts = images[images["role"] == "pool"].groupby(["fold", "label"]).size()
    drawn = table[table["train"]].groupby(["fold", "label"]).size()
    assert drawn.to_dict() == {key: min(share, len(VARIANTS) * count) for key, count in counts.items()}
    assert counts.min() < share < counts.max(), "variants must fill up some classes, and others lose images"


def test_the_search_sees_no_lesion_twice_and_no_test_image():
    table = splits_of("ham10000", 60)
    trained = folds.training_rows(table, 0, folds.SEARCH)
    validated = folds.validation_rows(table, 0, folds.SEARCH)
    assert set(trained["lesion_id"]).isdisjoint(validated["lesion_id"])
    assert (pd.concat([trained, validated])["role"] == "pool").all()


def test_a_data_set_used_for_evaluation_only_is_tested_on_lesions_of_no_training():
    table = splits_of("isic2019")
    pool = LESIONS[LESIONS["role"] == "pool"]
    assert (table["role"] == "seen").tolist() == table["lesion_id"].isin(pool["lesion"]).tolist()
    assert not table["train"].any()
    assert not table["validation"].any()


def test_lesions_of_another_index_are_refused():
    with pytest.raises(ValueError, match=r"240 images in the index and 239 in lesions\.parquet"):
        split_by_lesion(index_of("ham10000"), LESIONS[LESIONS["dataset"] == "ham10000"].iloc[1:], None, 1)


def test_each_image_is_given_to_the_network_of_its_fold():
    ids = ["ham10000_0007", "ham10000_0003", "ham10000_0007"]
    rows = LESIONS[LESIONS["dataset"] == "ham10000"].set_index("image_id")
    assert folds_of(LESIONS, "ham10000", ids, "symmetry").tolist() == rows.loc[ids, "symmetry_fold"].tolist()
    with pytest.raises(ValueError, match=r"lesions\.parquet lacks 1 images of ham10000, such as zz"):
        folds_of(LESIONS, "ham10000", ["zz"], "symmetry")


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 7))
def test_batches_are_of_one_fold_each_and_have_every_sample_once(assigned, size):
    batches = batches_by_fold(np.array(assigned, np.int8), size)
    assert all({assigned[number] for number in numbers.tolist()} == {fold} for fold, numbers in batches)
    assert all(1 <= len(numbers) <= size for _, numbers in batches)
    assert sorted(number for _, numbers in batches for number in numbers.tolist()) == list(range(len(assigned)))
    # No more batches than the folds' sizes ask for.
    assert len(batches) == sum(-(-assigned.count(fold) // size) for fold in range(4))
