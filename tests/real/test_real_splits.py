"""The design's counts on HAM10000's own metadata, and hair removal on its own images."""

import os
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from selcn.data.datasets.isic2019 import read_isic2019
from selcn.data.datasets.sources import SourceSettings
from selcn.data.duplicates.groups import lesion_groups
from selcn.data.hair.black_hat import BlackHatSettings, hair_mask
from selcn.data.hair.removal import remove_hair
from selcn.data.splits.by_image import SplitSettings, split_by_image
from selcn.data.splits.by_lesion import split_by_lesion
from selcn.data.splits.folds import test_rows as rows_of_test_set
from selcn.data.splits.folds import training_rows, validation_rows
from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions
from selcn.evaluation.leakage import ImageRelations, audit, overlaps

DATA = Path(os.environ.get("SELCN_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
HAM10000, SAMPLE = DATA / "ham10000_200x150", DATA / "ham10000_600x450"

KEYS = ["dataset", "image_id", "label", "part", "lesion"]
NO_PAIRS = pd.DataFrame({"image_id_a": [], "image_id_b": []}, dtype=str)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not HAM10000.is_dir(), reason=f"no HAM10000 in {DATA}; set SELCN_REAL_DATA to the data's folder"
    ),
]


@pytest.fixture(scope="module")
def ham10000_splits() -> pd.DataFrame:
    metadata = pd.read_csv(HAM10000 / "HAM10000_metadata.csv")
    index = metadata.rename(columns={"dx": "label"}).assign(part="train")
    return split_by_image(index, SplitSettings(folds=4, balance=True))


def test_the_balanced_pool_has_the_designs_counts(ham10000_splits):
    counts = ham10000_splits[ham10000_splits["train"]]["label"].value_counts().to_dict()
    expected = {"nv": 2000, "mel": 2000, "bkl": 2000, "bcc": 1644, "akiec": 1048, "vasc": 456, "df": 368}
    assert counts == expected
    assert sum(counts.values()) == 9516


def test_the_test_set_is_a_fifth_at_natural_prevalence(ham10000_splits):
    test = rows_of_test_set(ham10000_splits)
    images = ham10000_splits.drop_duplicates("image_id")
    assert (len(images), len(test)) == (10015, 2003)
    expected = images["label"].value_counts() / 5
    assert (abs(test["label"].value_counts() - expected) < 1).all()


def test_no_image_is_both_tested_on_and_trained_on_yet_lesions_are(ham10000_splits):
    test, pool = rows_of_test_set(ham10000_splits), ham10000_splits.query("role == 'pool'")
    assert set(test["image_id"]).isdisjoint(pool["image_id"])
    shared = test["lesion_id"].isin(pool["lesion_id"]).mean()
    assert shared == pytest.approx(0.39, abs=0.02)


def test_the_audit_counts_shared_lesions_and_isic2019_s_other_images(ham10000_splits):
    """From the label tables alone: not every image of ISIC2019 is at hand."""
    read = {"isic2019": read_isic2019(SourceSettings("isic2019", DATA / "isic2019"))}
    read["ham10000"] = ham10000_splits.drop_duplicates("image_id")
    groups = lesion_groups(read, NO_PAIRS)
    splits = {"ham10000": ham10000_splits, "isic2019": read["isic2019"].assign(role="test")}
    table = audit(overlaps(splits, {}), ImageRelations.of(groups, NO_PAIRS)).set_index(["artifact", "applied_to"])
    test = table.loc[("test set", "ham10000")]
    assert (test["images"], test["same_image"]) == (2003, 0)
    assert test["lesion"] / test["images"] == pytest.approx(0.392, abs=0.0005)
    isic2019 = table.loc[("data set", "isic2019")]
    assert (isic2019["images"], isic2019["images"] - isic2019["same_image"]) == (24703, 14885)


def test_half_of_the_thesis_s_test_images_are_in_the_leakfree_search_and_none_of_leakfree_s(ham10000_splits):
    """HAM10000's lesions divided by themselves, by their ids."""
    images = ham10000_splits.drop_duplicates("image_id").assign(dataset="ham10000", part="train")
    settings = LesionSplitSettings({"ham10000": 4}, "ham10000", "ham10000", seed=42, test_share=0.2)
    lesions = assign_lesions(images.assign(lesion=images["lesion_id"])[KEYS], settings)
    by_lesion = split_by_lesion(images[["image_id", "lesion_id", "label"]], lesions, 2000, 42)
    relations = ImageRelations.of(lesion_groups({"ham10000": images}, NO_PAIRS), NO_PAIRS)

    def leaks(tested: pd.DataFrame, searched: pd.DataFrame) -> pd.Series:
        table = audit(overlaps({"ham10000": tested}, {"ham10000": searched}), relations)
        return table.set_index("artifact").loc["search"]

    assert leaks(ham10000_splits, by_lesion)["same_image"] / 2003 == pytest.approx(0.54, abs=0.005)
    own = leaks(ham10000_splits, ham10000_splits)
    assert (own["same_image"], own["lesion"] / 2003) == (0, pytest.approx(0.28, abs=0.005))
    assert leaks(by_lesion, by_lesion)["images_leaked"] == 0


def test_folds_are_quarters(ham10000_splits):
    for fold in range(4):
        assert len(validation_rows(ham10000_splits, fold)) == 2379
        assert len(training_rows(ham10000_splits, fold)) == 9516 - 2379


@pytest.fixture(scope="module")
def hair_images() -> pd.DataFrame:
    """The listed images, with the share of their pixels taken for hair, at 600x450."""
    listed = pd.read_csv(SAMPLE / "hair_list.csv")
    listed["path"] = [str(SAMPLE / "HAM10000_images_part_1" / f"{image_id}.jpg") for image_id in listed["image_id"]]
    images = [cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB) for path in listed["path"]]
    return listed.assign(image=images, share=[hair_mask(image, BlackHatSettings()).mean() for image in images])


# Not tested, since it does not hold: that every image with hair has a larger share than the four controls without.
# Rulers and skin texture are dark and thin too: the controls have 5, 9, 18 and 26 %, the faintest hair 3 %.
def test_images_of_much_hair_have_a_larger_share_than_images_of_little(hair_images):
    much = hair_images.loc[hair_images["note"].str.contains("dense|many"), "share"]
    little = hair_images.loc[hair_images["note"].str.startswith(("few", "light")), "share"]
    assert len(much) == 4
    assert len(little) >= 8
    assert much.min() > little.max()


def test_removal_takes_most_of_the_found_hair_away(hair_images):
    before, after = [], []
    for image in hair_images.loc[hair_images["has_hair"] == 1, "image"]:
        clean, mask = remove_hair(image, BlackHatSettings())
        np.testing.assert_array_equal(clean[~mask], image[~mask])
        before.append(mask.mean())
        after.append(hair_mask(clean, BlackHatSettings()).mean())
    assert len(before) == 21
    assert np.median(np.array(after) / before) < 0.5
