"""Galleries ranked by hand, and the choice of the images that have a sheet."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from selcn.report.viewer_data.galleries import (
    MOST,
    confident_mistakes,
    differing_labels,
    doubtful_labels,
    missed_lesions,
    most_hair,
    near_duplicates,
    unusual_images,
    worst_segmentations,
)
from selcn.report.viewer_data.names import cell_name, model_names
from selcn.report.viewer_data.selection import select_images, shown_images


def ids_of(view: dict) -> list[str]:
    return [image_id for item in view["items"] for image_id in item["images"]]


def test_the_lowest_dice_comes_first_and_ties_by_id():
    view = worst_segmentations("leakfree", "U-Net", pd.Series({"c": 0.5, "a": 0.9, "b": 0.5}))
    assert ids_of(view) == ["b", "c", "a"]
    assert view["label"] == "leakfree, U-Net"
    assert view["items"][0] == {"dataset": "ham10000", "images": ["b"], "text": "Dice 0.50", "focus": "mask"}


def test_a_view_has_no_more_than_its_most():
    dice = pd.Series(np.linspace(0, 1, 60), [f"i{k:02}" for k in range(60)])
    assert ids_of(worst_segmentations("thesis", "U-Net", dice)) == [f"i{k:02}" for k in range(MOST)]


def test_mistakes_name_the_wrong_class_and_its_probability():
    means = pd.DataFrame(
        {
            "image_id": ["x", "y", "z"],
            "label": ["mel", "nv", "mel"],
            "prob_mel": [0.9, 0.75, 0.1],
            "prob_nv": [0.1, 0.25, 0.9],
        }
    )
    view = confident_mistakes("leakfree", "cls-none_sym-lae", means)
    assert [(item["images"], item["text"]) for item in view["items"]] == [
        (["z"], "nv 0.9000, label mel"),
        (["y"], "mel 0.7500, label nv"),
    ]
    assert view["note"] == "2 of 3 images are misclassified."
    assert view["label"].startswith("leakfree, model 4:")


def test_a_view_of_mistakes_says_how_many_more_there_are():
    ids = [f"i{k:04}" for k in range(2000)]
    means = pd.DataFrame({"image_id": ids, "label": "mel", "prob_mel": 0.25, "prob_nv": 0.75})
    means.loc[1500:, "label"] = "nv"
    view = confident_mistakes("thesis", "cls-none_sym-off", means)
    assert ids_of(view) == ids[:MOST]
    assert view["note"] == "1,500 of 2,000 images are misclassified; the first 48 are listed."


def test_cams_that_miss_are_neither_empty_nor_without_a_true_mask():
    scores = pd.DataFrame(
        [
            ("hits", 0.0, True, False, False),
            ("misses_far", 0.1, False, False, False),
            ("empty", 0.0, False, True, False),
            ("no_mask", np.nan, False, False, True),
            ("misses_more", 0.05, False, False, False),
        ],
        columns=["image_id", "iou", "hit", "empty_cam", "empty_mask"],
    )
    view = missed_lesions("thesis", "model 2", "lesion:cls-none_sym-none", scores)
    assert ids_of(view) == ["misses_more", "misses_far"]
    assert {item["focus"] for item in view["items"]} == {"lesion:cls-none_sym-none"}


def test_the_most_hair_comes_first():
    view = most_hair("isic2016", pd.DataFrame({"image_id": ["a", "b"], "hair_share": [0.01, 0.155]}))
    assert [item["text"] for item in view["items"]] == ["hair on 15.5 % of the pixels", "hair on 1.0 % of the pixels"]
    assert view["protocol"] is None


@pytest.fixture
def pairs() -> pd.DataFrame:
    rows = [
        ("ham10000", "h1", "ham10000", "h2", 3, "", 0.99, "certain", "copy", None),
        ("ham10000", "h1", "isic2016", "n1", 5, "mirrored", 0.98, "certain", "copy", None),
        ("ham10000", "h2", "isic2016", "n1", None, None, None, "doubtful", "local features", 8),
        ("ham10000", "h2", "ham10000", "h3", None, None, None, "certain", "confirmed", None),
        ("ham10000", "h1", "ham10000", "h3", None, None, None, "rejected", "local features", 11),
    ]
    sides = ["dataset_a", "image_id_a", "dataset_b", "image_id_b"]
    names = [*sides, "distance", "turn", "correlation", "certainty", "reason", "inliers"]
    return (
        pd.DataFrame(rows, columns=names)
        .assign(scale=1.25, rotation=-9.7)
        .astype({"distance": "Int64", "inliers": "Int64"})
    )


def test_pairs_of_two_data_sets_name_both(pairs):
    indices = {
        "ham10000": pd.DataFrame({"image_id": ["h1", "h2", "h3"], "lesion_id": ["L", "L", "h3"]}),
        "isic2016": pd.DataFrame({"image_id": ["n1"], "lesion_id": ["n1"]}),
    }
    hidden, doubtful, known, rejected = near_duplicates(pairs, indices)
    assert hidden["items"][:1] == [
        {
            "dataset": "ham10000",
            "datasets": ["ham10000", "isic2016"],
            "images": ["h1", "n1"],
            "text": "5 bits, r = 0.980, mirrored; HAM10000 and ISIC2016",
        }
    ]
    assert hidden["items"][1]["text"] == "confirmed by a person; HAM10000"
    assert doubtful["items"][0]["images"] == ["h2", "n1"]
    assert doubtful["items"][0]["text"] == "8 agreeing features, zoom 1.25, turn -10°; HAM10000 and ISIC2016"
    assert ids_of(known) == ["h1", "h2"]
    assert known["items"][0]["text"] == "3 bits, r = 0.990; HAM10000"
    assert rejected["items"][0]["text"] == "11 agreeing features, zoom 1.25, turn -10°; rejected by a person; HAM10000"


@pytest.fixture
def ranking() -> pd.DataFrame:
    rows = [
        ("a", "nv", "mel", "lesion; networks", 0.456, "", 8.0, 0.5, 1.0, "fine"),
        ("b", "akiec", "", "data set", np.nan, "scc", np.nan, np.nan, 2.0, "fine"),
        ("c", "nv", "mel", "appearance", -0.5, "", 8.0, 0.0, 9.24, "white"),
        ("d", "nv", "mel", "", -0.9, "", 8.0, 0.0, 1.0, "fine"),
        ("e", "nv", "mel", "appearance", -0.95, "", 8.0, 0.0, 12.0, "no_skin"),
    ]
    columns = ["image_id", "label", "favoured", "evidence", "doubt", "shared_label", "networks", "against"]
    return pd.DataFrame(rows, columns=[*columns, "appearance", "appearance_of"])


def test_doubtful_labels_are_those_of_the_ranking_with_evidence_against_them(ranking):
    view = doubtful_labels("leakfree", "ham10000", ranking)
    assert ids_of(view) == ["a", "b"]
    assert [item["text"] for item in view["items"]] == [
        "label nv, favoured mel (+0.46); evidence: lesion, networks; 50 % of 8 networks predict another class",
        "label akiec; evidence: data set",
    ]


def test_images_that_another_data_set_labels_otherwise_have_a_view(ranking):
    view = differing_labels("ham10000", ranking)
    assert [(item["images"], item["text"]) for item in view["items"]] == [
        (["b"], "label akiec, in another data set scc")
    ]
    assert view["note"] == "Images with another label in another data set: 1."
    assert view["protocol"] is None


def test_the_most_unusual_image_comes_first(ranking):
    assert [(item["images"], item["text"]) for item in unusual_images("isic2016", ranking)["items"]] == [
        (["e"], "share of green or blue pixels: 12.0 from the median"),
        (["c"], "share of white pixels: 9.2 from the median"),
    ]


def test_names_of_cells_and_symmetry_models():
    assert cell_name("cls-none_sym-off") == "model 1: no mask, no CAMs"
    assert cell_name("cls-lae_sym-seg") == "model 11: LAE box, CAMs: segmentation mask"
    assert cell_name("cls-none_sym-zeros") == "sham control: zeros (no mask)"
    assert model_names(["scratch-none", "lae"]) == {"scratch-none": "no mask, from random weights", "lae": "LAE box"}


def test_the_images_of_pairs_are_shown_in_their_own_data_sets():
    items = [{"dataset": "a", "images": ["x"]}, {"dataset": "a", "datasets": ["a", "b"], "images": ["y", "z"]}]
    assert shown_images([{"views": [{"items": items}]}]) == {("a", "x"), ("a", "y"), ("b", "z")}


@pytest.fixture
def index() -> pd.DataFrame:
    labels = {"nv": 20, "mel": 3}
    rows = [(f"{label}_{k}", label) for label, count in labels.items() for k in range(count)]
    return pd.DataFrame(rows, columns=["image_id", "label"])


def test_galleries_come_first_then_what_networks_get_wrong_then_any(index):
    wrong = pd.Series({"nv_3": 0.5, "nv_7": 0.75, "nv_1": 0.0})
    chosen = select_images(index, ["nv_9", "mel_2"], wrong, 5)
    others = [name for name in index["image_id"] if name.startswith("nv") and name not in ("nv_9", "nv_7", "nv_3")]
    by_hash = sorted(others, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    assert [name for name in chosen if name.startswith("nv")] == ["nv_9", "nv_7", "nv_3", *by_hash[:2]]
    assert {name for name in chosen if name.startswith("mel")} == {"mel_0", "mel_1", "mel_2"}


def test_the_images_of_galleries_are_chosen_beyond_the_limit(index):
    shown = [f"nv_{k}" for k in range(8)]
    assert set(select_images(index, shown, pd.Series(dtype=float), 5)) == {*shown, "mel_0", "mel_1", "mel_2"}
    assert set(select_images(index, shown, pd.Series(dtype=float), 0)) == set(shown)


def test_the_choice_does_not_depend_on_the_order_of_the_index(index):
    wrong = pd.Series({"nv_3": 0.5})
    assert select_images(index, ["nv_9"], wrong, 5) == select_images(index[::-1], ["nv_9"], wrong, 5)
