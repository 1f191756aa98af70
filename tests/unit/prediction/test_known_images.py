"""Recognition of the study's images among new ones: the same file, copies, and the same lesion taken anew."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from photographs import brightened, cropped, encoded, resized, skin, taken_anew
from selcn.data.duplicates.keypoint_files import KeypointFiles, to_row
from selcn.data.duplicates.keypoints import find_keypoints
from selcn.data.duplicates.pairs import TURNS
from selcn.design.trained_networks import TrainedNetwork
from selcn.prediction.bundle import Bundle
from selcn.prediction.known import COPY, FEATURES, REPHOTOGRAPH, SAME, KnownImages
from selcn.prediction.known_writing import in_bundle, known_files, known_table, write_known
from selcn.storage.row_arrays import ShardedArray

NAMES = [f"image-{number}" for number in range(12)]
IMAGES = {name: skin(number) for number, name in enumerate(NAMES)}
NEW = [skin(number) for number in range(100, 110)]
TABLE = pd.DataFrame(
    {
        "image_id": NAMES,
        "dataset": "study",
        "sha256": [f"sha-{name}" for name in NAMES],
        "lesion": NAMES,
        "segmentation_fold": np.arange(12) % 4,
        "symmetry_fold": np.arange(12) % 3,
        "trained_on": np.arange(12) < 9,
    }
)
COPIES = {
    "compressed": lambda image: encoded(image, 50),
    "smaller": lambda image: resized(image, 64),
    "larger": lambda image: resized(image, 200),
    "cropped": cropped,
    "brightened": brightened,
    **{turn: of for turn, of in TURNS.items() if turn},
}


def packed_of(image: np.ndarray) -> np.ndarray:
    return resized(image, 128)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write what a bundle has of the study's images; return its folder."""
    folder, study = tmp_path_factory.mktemp("bundle"), tmp_path_factory.mktemp("study")
    np.save(study / "images.npy", np.stack(list(IMAGES.values())))
    keypoints = [find_keypoints(image) for image in IMAGES.values()]
    np.save(study / "keypoints.npy", np.stack([to_row(found) for found in keypoints]))
    manifest = pd.DataFrame({"image_id": NAMES, "keypoints": [len(found) for found in keypoints]})
    write_known(
        folder,
        TABLE,
        {"study": (NAMES, ShardedArray([study / "images.npy"], NAMES))},
        KeypointFiles({"study": manifest}, {"study": [study / "keypoints.npy"]}),
        np.random.default_rng(0),
    )
    return folder


@pytest.fixture(scope="module")
def known(folder) -> KnownImages:
    return KnownImages.load(Bundle(folder, {"known": {"distance": 48, "certain": 10, "rephotographs": True}}))


def found_in(known: KnownImages, image: np.ndarray, sha256: str = "new"):
    return known.find(sha256, image, packed_of(image))


@pytest.mark.parametrize("number", [0, 7, 11])
def test_the_same_file_has_what_the_study_says_of_it(known, number):
    found = found_in(known, NEW[0], f"sha-image-{number}")
    assert (found.image_id, found.dataset, found.kind) == (f"image-{number}", "study", SAME)
    assert (found.segmentation_fold, found.symmetry_fold) == (number % 4, number % 3)
    # The last three are of the test set.
    assert found.trained_on is (number < 9)


def test_of_equal_files_the_first_is_named(known):
    equal = replace(known, images=TABLE.assign(sha256="equal"))
    assert found_in(equal, NEW[0], "equal").image_id == "image-0"


def test_of_equal_files_page_and_script_know_the_first():
    table = pd.DataFrame(
        {
            "sha256": ["a", "b", "a"],
            "dataset": ["ham10000", "symderm", "isic2019"],
            "image_id": ["ISIC_1", "ISIC_2", "ISIC_1"],
            "trained_on": [True, False, True],
            "segmentation_fold": np.int8([1, -1, 0]),
            "symmetry_fold": np.int8([0, -1, 1]),
        }
    )
    assert known_files(table) == {
        "a": {"image": "ham10000/ISIC_1", "trained_on": True, "segmentation_fold": 1, "symmetry_fold": 0},
        "b": {"image": "symderm/ISIC_2", "trained_on": False, "segmentation_fold": -1, "symmetry_fold": -1},
    }


@pytest.mark.parametrize("change", COPIES)
def test_copies_are_recognised(known, change):
    for name in NAMES[:4]:
        found = found_in(known, np.ascontiguousarray(COPIES[change](IMAGES[name])))
        assert (found.image_id, found.kind) == (name, COPY)
        assert found.segmentation_fold == int(name[-1]) % 4


def test_another_image_of_the_lesion_is_recognised(known):
    for number in (2, 5, 10):
        found = found_in(known, taken_anew(IMAGES[NAMES[number]]))
        assert (found.image_id, found.kind) == (NAMES[number], REPHOTOGRAPH)
        assert found.trained_on is (number < 9)
        assert (found.segmentation_fold, found.symmetry_fold) == (number % 4, number % 3)


def test_without_local_features_only_copies_are_recognised(known):
    without = replace(known, features=None)
    assert found_in(without, taken_anew(IMAGES["image-2"])) is None
    assert found_in(without, brightened(IMAGES["image-2"])).kind == COPY


def test_a_bundle_without_local_features_needs_no_file_of_them(folder, tmp_path):
    (tmp_path / "known.parquet").hardlink_to(folder / "known.parquet")
    told = {"distance": 48, "certain": 10, "rephotographs": False}
    assert KnownImages.load(Bundle(tmp_path, {"known": told})).features is None


def test_new_images_are_not_recognised(known):
    assert [found_in(known, image) for image in NEW] == [None] * len(NEW)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_image_of_one_colour_is_not_recognised(known, value):
    assert found_in(known, np.full((90, 120, 3), value, np.uint8)) is None


def test_the_limits_are_those_of_the_bundle(known):
    assert found_in(replace(known, certain=400), taken_anew(IMAGES["image-2"])) is None
    # Cropping changes some bits.
    assert found_in(replace(known, distance=0, features=None), cropped(IMAGES["image-2"])) is None


def test_threads_find_what_one_finds(known):
    cv2.setNumThreads(1)
    images = [taken_anew(IMAGES[name]) for name in NAMES[:4]] + NEW[:2]
    expected = [found_in(known, image) for image in images]
    fresh = replace(known, features=replace(known.features))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda image: found_in(fresh, image), images)) == expected


def test_an_image_has_at_most_200_features_of_18_bytes(folder):
    count = sum(min(200, len(find_keypoints(image))) for image in IMAGES.values())
    # Beside them the number of the image, 4 bytes, words and components.
    assert (folder / FEATURES).stat().st_size < 22 * count + 4 * 16 * (128 + count // 100) + 2000


INDEX = {
    "first": pd.DataFrame({"image_id": ["a", "b", "c", "d"], "sha256": ["1", "2", "3", "4"]}),
    # The same file, another file of the same image, and an image of its own.
    "second": pd.DataFrame({"image_id": ["a", "b_downsampled", "e"], "sha256": ["1", "5", "6"]}),
}
GROUPS = pd.DataFrame(
    {
        "dataset": ["first"] * 4 + ["second"] * 3 + ["third"],
        "image_id": ["a", "b", "c", "d", "a", "b_downsampled", "e", "f"],
        "group": ["a", "b", "a", "d", "a", "b", "e", "d"],
    }
)
ROLES = GROUPS.assign(
    segmentation_fold=np.array([0, 1, 0, 2, 0, 1, 3, 2], np.int8),
    symmetry_fold=np.array([1, 0, 1, 1, 1, 0, 1, 1], np.int8),
)


def test_networks_know_the_lesions_of_the_images_that_they_were_trained_on():
    table = known_table(INDEX, GROUPS, [pd.Series(["a"]), pd.Series(["b_downsampled"]), pd.Series(["f"])], ROLES)
    assert table[["dataset", "image_id", "sha256"]].values.tolist() == [
        ["first", "a", "1"],
        ["first", "b", "2"],
        ["first", "c", "3"],
        ["first", "d", "4"],
        ["second", "b_downsampled", "5"],
        ["second", "e", "6"],
    ]
    # c is of a's lesion, d of that of f, which is in no data set of the bundle.
    assert table["trained_on"].tolist() == [True, True, True, True, True, False]
    assert table["segmentation_fold"].tolist() == [0, 1, 0, 2, 1, 3]
    assert table["symmetry_fold"].tolist() == [1, 0, 1, 1, 0, 1]


def test_without_out_of_fold_networks_no_fold_is_known():
    table = known_table(INDEX, GROUPS, [pd.Series(["c"])], None)
    assert set(table["segmentation_fold"]) == set(table["symmetry_fold"]) == {-1}
    assert table["trained_on"].tolist() == [True, False, True, False, False, False]


@pytest.mark.parametrize(("groups", "roles", "named"), [(GROUPS[1:], ROLES, "groups"), (GROUPS, ROLES[1:], "lesions")])
def test_an_image_that_a_table_lacks_is_named(groups, roles, named):
    with pytest.raises(ValueError, match=rf"{named}\.parquet lacks 1 images, such as a; delete it"):
        known_table(INDEX, groups, [], roles)


def test_networks_of_other_architectures_and_folds_are_not_in_a_bundle():
    parts = {
        "segmentation": {"architecture": "unet", "networks": {"0": "a", "1": "b"}},
        "symmetry": {"model": "none", "networks": {"2": "c"}},
    }
    networks = {
        TrainedNetwork("segmentation", "first", "unet", 1): True,
        TrainedNetwork("segmentation", "first", "other", 1): False,
        TrainedNetwork("symmetry", "second", "none", 2): True,
        TrainedNetwork("symmetry", "second", "none", 0): False,
        TrainedNetwork("lesion", "first", "cls-none_sym-off", 3, 42): True,
    }
    assert {network: in_bundle(network, parts) for network in networks} == networks
