"""Sentences on an image's role, its folds and its relatives."""

import pandas as pd
import pytest

from selcn.design.trained_networks import ALL_FOLDS
from selcn.report.viewer_data.history import Lesions, TrainedFolds, relatives_sentence, role_sentence
from selcn.storage.artifacts import write_table


def rows(role: str, **folds: int) -> pd.DataFrame:
    return pd.DataFrame({"variant": list(folds), "role": role, "fold": list(folds.values())})


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (rows("test", original=-1), "In the test set."),
        (rows("official_test", original=-1), "In the official test set."),
        (rows("pool", original=2), "In the development set, held out for validation in fold 2."),
        (
            rows("pool", original=1, vflip=0, hflip=1),
            "In the development set, its variants held out for validation in folds 0 (vflip) and 1 (original, hflip).",
        ),
        (
            rows("pool", original=1, vflip=1),
            "In the development set, its variants held out for validation in fold 1 (original, vflip).",
        ),
        (rows("pool", original=-1), "In the development set, but left out when its classes were balanced."),
        (
            rows("seen", original=-1),
            "Not tested on: its lesion is in the development set of another data set.",
        ),
    ],
)
def test_the_role_and_the_folds_of_an_image(table, sentence):
    assert role_sentence(table) == sentence


@pytest.fixture
def lesions() -> Lesions:
    images = {"ham10000": ["a1", "a2", "b1"], "isic2019": ["a1_downsampled", "c1"], "symderm": ["b1"]}
    groups = pd.DataFrame(
        [(dataset, name, name[0]) for dataset, names in images.items() for name in names],
        columns=["dataset", "image_id", "group"],
    )
    roles = {"ham10000": ["pool", "pool", "test"], "isic2019": ["seen", "test"], "symderm": ["pool"]}
    splits = {name: pd.DataFrame({"image_id": ids, "role": roles[name]}) for name, ids in images.items()}
    return Lesions.of(groups, splits)


def test_relatives_are_named_with_their_data_sets(lesions):
    assert relatives_sentence("a1_downsampled", "isic2019", lesions) == (
        "In a development set: a copy of it (HAM10000); other images of its lesion: a2 (HAM10000)."
    )
    assert relatives_sentence("a1", "ham10000", lesions) == (
        "In a development set: other images of its lesion: a2 (HAM10000)."
    )
    assert relatives_sentence("b1", "ham10000", lesions) == "In a development set: a copy of it (SymDerm v2.0)."
    assert relatives_sentence("c1", "isic2019", lesions) == (
        "No copy of it and no other image of its lesion is in a development set."
    )


def test_more_relatives_than_are_named_are_counted():
    ids = [f"x{k}" for k in range(8)]
    groups = pd.DataFrame({"dataset": "ham10000", "image_id": ids, "group": "x"})
    lesions = Lesions.of(groups, {"ham10000": pd.DataFrame({"image_id": ids, "role": "pool"})})
    assert relatives_sentence("x0", "ham10000", lesions).endswith(
        "x1 (HAM10000), x2 (HAM10000), x3 (HAM10000), x4 (HAM10000), x5 (HAM10000) and 2 more."
    )


def test_networks_of_each_fold_had_seen_the_image_its_lesion_or_neither(lesions, tmp_path):
    trained = [["a1", "a1"], ["a2"], ["c1"], []]
    for fold, ids in enumerate(trained):
        write_table(pd.DataFrame({"image_id": pd.Series(ids, dtype=str)}), tmp_path / f"{fold}.parquet")
    folds = TrainedFolds.read([str(tmp_path / f"{fold}.parquet") for fold in range(4)], lesions)
    assert folds.sentence("Lesion network", [ALL_FOLDS], "a1_downsampled", "a") == (
        "Lesion networks of fold 0: trained on this image; of fold 1: trained on another image of its lesion; "
        "of folds 2 and 3: not trained on its lesion."
    )
    assert (
        folds.sentence("Mask, by the network", [2], "c1", "c")
        == "Mask, by the network of fold 2: trained on this image."
    )
