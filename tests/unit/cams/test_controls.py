"""Shams: maps that are no symmetry model's CAMs, in the table that the lesion network reads them from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import run_script
from selcn.cams import controls
from selcn.cams.controls import centred_gaussian, mask_maps, other_lesions
from selcn.data.splits.malignancy import by_malignancy
from selcn.data.variants import vary_array
from selcn.storage.artifacts import write_table
from selcn.storage.cam_table import load_cams, write_cams
from selcn.storage.checksums import record
from selcn.storage.shards import places

IMAGES = [f"i{number}" for number in range(8)]
LESION = dict(zip(IMAGES, "aabbcdef", strict=True))
ROLE = dict(zip(IMAGES, ["pool"] * 4 + ["test"] * 4, strict=True))
# Each fold has images of the test set.
FOLD = dict(zip(IMAGES, [0, 0, 0, 0, 0, 0, 1, 1], strict=True))
# Masks without a lesion: the input is the whole image, or black.
WHOLE, BLACK = "i5", "i3"
SEGMENTATION_FOLD = dict(zip(IMAGES, range(8), strict=True))


def test_the_gaussian_is_one_in_the_middle_and_falls_by_its_standard_deviation():
    cam = centred_gaussian(9, 13).astype(float)
    assert cam[4, 6] == cam.max() == 1
    np.testing.assert_allclose(cam, cam[::-1])
    np.testing.assert_allclose(cam, cam[:, ::-1])
    # The middle of the first row lies 4/9 of the height above the centre, in standard deviations of a quarter 16/9.
    assert cam[0, 6] == pytest.approx(np.exp(-((16 / 9) ** 2) / 2), abs=1e-3)


@given(sizes=st.lists(st.integers(2, 4), min_size=8, max_size=20), seed=st.integers(0, 99))
def test_every_map_is_of_another_lesion_of_the_same_group_and_is_taken_once(sizes, seed):
    rng = np.random.default_rng(seed)
    lesions = rng.permutation(np.repeat([f"l{number}" for number in range(len(sizes))], sizes))
    # Each lesion is on one side, as lesions of the leakfree protocol are.
    side = {f"l{number}": "pool" if number % 2 else "test" for number in range(len(sizes))}
    groups = pd.DataFrame({"role": [side[lesion] for lesion in lesions], "fold": 0})
    taken = other_lesions(lesions, groups, rng)
    assert sorted(taken) == list(range(len(lesions)))
    assert (lesions[taken] != lesions).all()
    assert (groups["role"].to_numpy()[taken] == groups["role"]).all()


def test_rows_without_a_value_are_a_group_of_their_own_too():
    groups = pd.DataFrame({"role": [None] * 40, "fold": [0, 1] * 20})
    taken = other_lesions([str(number) for number in range(40)], groups, np.random.default_rng(0))
    assert (taken % 2 == np.arange(40) % 2).all()


def test_the_maps_that_are_taken_follow_from_the_seed_alone():
    groups = pd.DataFrame({"fold": [0] * 40})
    first, again, other = (
        other_lesions([str(number) for number in range(40)], groups, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first.tolist() == again.tolist() != other.tolist()


def test_a_lesion_with_most_of_a_group_s_maps_is_named():
    groups = pd.DataFrame({"role": ["pool"] * 3, "fold": [1] * 3})
    with pytest.raises(ValueError, match=r"2 of the 3 CAMs of role pool, fold 1,"):
        other_lesions(["a", "a", "b"], groups, np.random.default_rng(0))


def test_a_mask_becomes_the_share_of_lesion_in_each_cell():
    masks = np.random.default_rng(0).integers(0, 2, (2, 8, 8)).astype(np.uint8)
    maps = mask_maps(masks, np.array([1, 0]), ["original", "rot90"], (4, 2))
    np.testing.assert_allclose(maps[0], masks[1].reshape(4, 2, 2, 4).mean(axis=(1, 3)))
    np.testing.assert_allclose(maps[1], vary_array(masks[0], "rot90").reshape(4, 2, 2, 4).mean(axis=(1, 3)))
    with pytest.raises(ValueError, match="unknown variants mirror"):
        mask_maps(masks, np.array([0]), ["mirror"], (4, 2))


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Return a function that makes a sham of eight images, four of them in two variants, and the CAMs it stands for."""
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame([(name, "original") for name in IMAGES] + [(name, "rot90") for name in IMAGES[:4]])
    frame = frame.set_axis(["image_id", "variant"], axis=1)
    frame = frame.assign(predicted="symmetric", empty=False, fold=frame["image_id"].map(FOLD).astype("int8"))
    cams = np.random.default_rng(0).random((len(frame), 3, 3)).astype(np.float16)
    write_cams(frame, cams, "cams.parquet")
    splits = pd.DataFrame({"image_id": IMAGES, "variant": "original", "role": [ROLE[name] for name in IMAGES]})
    write_table(splits, "splits.parquet")
    groups = pd.DataFrame({"dataset": "ham10000", "image_id": IMAGES, "group": [LESION[name] for name in IMAGES]})
    write_table(groups, "groups.parquet")
    folds = pd.Series([SEGMENTATION_FOLD[name] for name in IMAGES], dtype="int8")
    manifest = pd.DataFrame(
        {"image_id": IMAGES, "fold": folds, "lesion_found": [name not in (WHOLE, BLACK) for name in IMAGES]}
    )
    side = [0 if name == BLACK else 6 for name in IMAGES]
    write_table(manifest.assign(x0=0, y0=0, x1=side, y1=side), "manifest.parquet")
    masks = np.random.default_rng(1).integers(0, 2, (8, 6, 6)).astype(np.uint8)
    masks[[IMAGES.index(name) for name in (WHOLE, BLACK)]] = 0
    part, _ = places(IMAGES, 2)
    for shard in range(2):
        np.save(f"masks-{shard}.npy", masks[part == shard])

    def make(sham: str):
        inputs = {name: f"{name}.parquet" for name in ("cams", "splits", "groups")}
        if sham == "mask":
            inputs |= {"mask_rows": "manifest.parquet", "masks": ["masks-0.npy", "masks-1.npy"]}
        for path in inputs.values():
            for file in [path] if isinstance(path, str) else path:
                record(file)
        outputs, wildcards = {"cams": f"{sham}.parquet"}, {"sham": sham, "dataset": "ham10000"}
        run_script("make_sham_cams", tmp_path, inputs, outputs, {"seed": 1}, wildcards)
        made, maps = load_cams(f"{sham}.parquet")
        assert made[["image_id", "variant"]].equals(frame[["image_id", "variant"]])
        return made, maps, cams, masks

    return make


def test_zeros_and_gaussian_are_the_same_map_for_every_image_by_no_network(make):
    for sham, expected in (("zeros", np.zeros((3, 3))), ("gaussian", centred_gaussian(3, 3))):
        made, maps, *_ = make(sham)
        assert (maps == expected).all()
        assert set(made["fold"]) == {-1}
        assert set(made["empty"]) == {sham == "zeros"}


def test_another_lesion_s_cam_is_of_the_same_fold_and_the_same_side(make):
    made, maps, cams, _ = make("shuffled")
    origin = [next(number for number, cam in enumerate(cams) if (cam == taken).all()) for taken in maps]
    assert sorted(origin) == list(range(len(made)))
    giver = made["image_id"].to_numpy()[origin]
    assert made["giver"].tolist() == giver.tolist()
    for receiver, taken in zip(made["image_id"], giver, strict=True):
        assert LESION[receiver] != LESION[taken]
        assert (ROLE[receiver], FOLD[receiver]) == (ROLE[taken], FOLD[taken])
    assert made["fold"].tolist() == [FOLD[name] for name in made["image_id"]]


def test_a_cam_by_another_fold_s_network_is_recorded_as_such(make, monkeypatch):
    monkeypatch.setattr(
        controls, "other_lesions", lambda lesions, groups, generator: np.roll(np.arange(len(groups)), 4)
    )
    made, maps, cams, _ = make("shuffled")
    assert np.array_equal(maps, np.roll(cams, 4, axis=0))
    assert made["giver"].tolist() == np.roll(made["image_id"], 4).tolist()
    assert made["fold"].tolist() == [FOLD[name] for name in made["giver"]]
    assert made["fold"].tolist() != [FOLD[name] for name in made["image_id"]]


def test_a_mask_is_that_of_the_image_and_names_the_segmentation_network_s_fold(make):
    made, maps, _, masks = make("mask")
    for row, taken in zip(made.itertuples(), maps, strict=True):
        mask = np.ones((6, 6)) if row.image_id == WHOLE else masks[IMAGES.index(row.image_id)]
        turned = vary_array(mask, row.variant)
        np.testing.assert_allclose(taken, turned.reshape(3, 2, 3, 2).mean(axis=(1, 3)))
        assert row.fold == SEGMENTATION_FOLD[row.image_id]
        assert row.empty == (row.image_id == BLACK)


def test_malignancy_takes_the_place_of_symmetry_where_the_diagnosis_is_known():
    splits = pd.DataFrame({"image_id": ["a", "b", "c", "d"], "variant": "original", "label": "symmetric", "fold": 0})
    diagnoses = pd.DataFrame({"image_id": ["d", "b", "a", "z"], "label": ["akiec", "nv", "mel", "bcc"]})
    table = by_malignancy(splits, diagnoses)
    assert dict(zip(table["image_id"], table["label"], strict=True)) == {
        "a": "malignant",
        "b": "benign",
        "d": "malignant",
    }
    with pytest.raises(ValueError, match="of none of the 4 rows of the symmetry set is a diagnosis known"):
        by_malignancy(splits, diagnoses.iloc[3:])
