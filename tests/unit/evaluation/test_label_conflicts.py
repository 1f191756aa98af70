"""Labels that contradict each other, against a literal loop over pairs of images."""

import itertools

import numpy as np
import pandas as pd
import pytest

from selcn.evaluation.label_audit.conflicts import contradict, in_terms_of, label_conflicts


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("nv", "nv", False),
        ("nv", "mel", True),
        ("akiec", "scc", True),
        ("mel", "benign", True),
        ("mel", "malignant", False),
        ("nv", "malignant", True),
        ("scc", "benign", True),
        ("unk", "benign", False),
        ("unk", "nv", True),
        ("wart", "nv", True),
        ("wart", "malignant", False),
        ("symmetric", "asymmetric", True),
        ("symmetric", "malignant", False),
        ("nv", "asymmetric", False),
    ],
)
def test_labels_contradict_each_other_where_both_cannot_be_right(first, second, expected):
    assert contradict(first, second) is contradict(second, first) is expected


def test_names_of_one_s_own_contradict_each_other_in_data_sets_with_the_same_classes_alone():
    images = pd.DataFrame(
        [
            ("one", "a", "nevus", 1),
            ("two", "a", "harmless", 1),
            ("three", "a", "cancer", 1),
            ("one", "b", "mel", 2),
            ("two", "b", "benign", 2),
        ],
        columns=["dataset", "image_id", "label", "group"],
    )
    found = label_conflicts(images, [["one", "three"], ["two"]])["shared_label"].tolist()
    assert found == ["cancer", "", "nevus", "benign", "mel"]
    assert label_conflicts(images)["shared_label"].tolist()[1] != ""


def test_a_label_in_terms_of_another_data_set():
    assert in_terms_of("mel", ["mel", "nv"]) == "mel"
    assert in_terms_of("mel", ["benign", "malignant"]) == "malignant"
    assert in_terms_of("scc", ["akiec", "mel"]) == ""
    assert in_terms_of("", ["benign"]) == ""


def literal(images: pd.DataFrame) -> pd.DataFrame:
    rows = list(images.itertuples())
    found = []
    for one in rows:
        shared, lesion, others = [], [], 0
        for other in rows:
            if other is one or other.group != one.group:
                continue
            clash = contradict(one.label, other.label)
            if one.image_id.removesuffix("_downsampled") == other.image_id.removesuffix("_downsampled"):
                shared += [other.label] * clash
            else:
                lesion += [other.label] * clash
                others += 1
        most = [
            min(set(labels), key=lambda name: (-labels.count(name), name), default="") for labels in (shared, lesion)
        ]
        found.append((*most, len(lesion) / others if others else np.nan))
    return pd.DataFrame(found, columns=["shared_label", "lesion_label", "lesion_share"])


def test_conflicts_of_drawn_data_sets_are_those_of_a_literal_loop():
    rng = np.random.default_rng(3)
    names = {"ham10000": ["nv", "mel", "akiec"], "isic2019": ["nv", "mel", "scc"], "isic2016": ["benign", "malignant"]}
    rows = [
        (dataset, f"i{k}" + "_downsampled" * (dataset == "isic2019" and k % 3 == 0), rng.choice(labels), f"g{k // 4}")
        for (dataset, labels), k in itertools.product(names.items(), range(24))
        if rng.random() < 0.7
    ]
    images = pd.DataFrame(rows, columns=["dataset", "image_id", "label", "group"]).sample(frac=1, random_state=1)
    images = images.reset_index(drop=True)
    found = label_conflicts(images)
    pd.testing.assert_frame_equal(found, literal(images), check_dtype=False)
    assert (found["shared_label"] != "").any()
    assert (found["lesion_label"] != "").any()


def test_images_that_agree_have_no_conflict():
    images = pd.DataFrame({"dataset": "a", "image_id": ["x", "y"], "label": ["nv", "nv"], "group": ["g", "g"]})
    assert label_conflicts(images).to_numpy().tolist() == [["", "", 0], ["", "", 0]]
