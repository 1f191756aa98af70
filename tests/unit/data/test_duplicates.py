"""Near-duplicates: planted copies are found, also rotated or mirrored, and different images are not."""

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photographs import SIZE, brightened, cropped, encoded, resized, skin
from selcn.data.duplicates.confirm import confirmed, correlation
from selcn.data.duplicates.hashes import BITS, hash_dataset, hash_images
from selcn.data.duplicates.pairs import COLUMNS, DISTANCE, TURNS, near_duplicates, near_pairs
from selcn.storage.row_arrays import ShardedArray, writing_rows
from selcn.storage.shards import shard_of

IMAGES = 40


COPIES = {
    "encoded again": lambda image: encoded(image, 40),
    "made smaller and larger": lambda image: cv2.resize(resized(image, 60), (SIZE, SIZE)),
    "cropped": cropped,
    "brightened": brightened,
    "quarter turn": np.rot90,
    "half turn": lambda image: np.rot90(image, 2),
    "three quarters": lambda image: np.rot90(image, 3),
    "mirrored": lambda image: image[:, ::-1],
    "upside down": lambda image: image[::-1],
    "all of it": lambda image: encoded(brightened(cropped(np.rot90(image)[:, ::-1])), 60),
}


@pytest.fixture(scope="module")
def originals() -> np.ndarray:
    return np.stack([skin(seed) for seed in range(IMAGES)])


def literal_distance(first: np.ndarray, second: np.ndarray) -> int:
    """Compare an image with all eight symmetries of another, each hashed by itself."""
    views = np.stack([np.ascontiguousarray(turn(second)) for turn in TURNS.values()])
    mine, theirs = hash_images(first[None])[0, 0], hash_images(views)[:, 0]
    return int(np.bitwise_count(mine ^ theirs).sum(1).min())


def sharded(folder, ids: list[str], images: np.ndarray, shards: int = 3) -> ShardedArray:
    paths = [folder / f"shard-{shard}" / "images.npy" for shard in range(shards)]
    for shard, path in enumerate(paths):
        rows = [row for row, image_id in enumerate(ids) if shard_of(image_id, shards) == shard]
        with writing_rows(path, len(rows), images.shape[1:], np.uint8) as append:
            for row in rows:
                append(images[row])
    return ShardedArray([str(path) for path in paths], ids)


# Hashes


def test_hashes_of_symmetries_follow_from_two(originals):
    for k in range(0, IMAGES, 4):
        views = np.stack([np.ascontiguousarray(turn(originals[k])) for turn in TURNS.values()])
        hashes = hash_images(np.concatenate([originals[k : k + 1], views]))
        first, second, bits, turn = near_pairs(hashes, 3)
        found = {int(b): (int(d), int(t)) for a, b, d, t in zip(first, second, bits, turn, strict=True) if a == 0}
        assert sorted(found) == list(range(1, 9))
        inverse = dict(enumerate(TURNS)) | {5: "quarter turn left", 6: "quarter turn right"}
        for view, (distance, where) in found.items():
            assert distance <= 3  # a coefficient that is almost 0 may have either sign
            assert list(TURNS)[where] == inverse[view - 1]


@settings(max_examples=25)
@given(seeds=st.tuples(*[st.integers(0, 10_000)] * 2))
def test_distances_equal_those_of_eight_hashes_and_are_the_same_both_ways(seeds):
    one, other = (skin(seed) for seed in seeds)
    pair = hash_images(np.stack([one, other]))
    (forth,), (back,) = (near_pairs(hashes, BITS)[2] for hashes in (pair, pair[::-1]))
    assert forth == back
    assert abs(forth - literal_distance(one, other)) <= 4


def test_a_hash_needs_packed_images():
    for wrong in (np.zeros((1, 8, 9, 3), np.uint8), np.zeros((1, 8, 8), np.uint8), np.zeros((1, 8, 8, 3))):
        with pytest.raises(ValueError, match="expected packed images"):
            hash_images(wrong)


def test_a_data_set_is_hashed_in_the_order_of_its_images(tmp_path, originals, monkeypatch):
    monkeypatch.setattr("selcn.data.duplicates.hashes.BATCH", 7)
    ids = [f"i{k}" for k in range(IMAGES)]
    np.testing.assert_array_equal(hash_dataset(sharded(tmp_path, ids, originals)), hash_images(originals))


# Pairs


@pytest.mark.parametrize("copy", COPIES)
def test_planted_copies_are_found_and_different_images_are_not(tmp_path, originals, copy):
    copies = np.stack([np.ascontiguousarray(COPIES[copy](image)) for image in originals])
    ids = [f"i{k:02d}" for k in range(IMAGES)]
    copy_ids = [f"copy{k:02d}" for k in range(IMAGES)]
    arrays = {"a": (ids, sharded(tmp_path / "a", ids, originals))}
    arrays["b"] = (copy_ids, sharded(tmp_path / "b", copy_ids, copies))
    pairs = near_duplicates({name: (names, hash_dataset(array)) for name, (names, array) in arrays.items()})
    found = confirmed(pairs, arrays)
    assert sorted(found["image_id_b"]) == ids
    assert (found["image_id_a"].str[-2:] == found["image_id_b"].str[-2:]).all()
    assert (found["distance"] <= DISTANCE).all()


def test_a_copy_of_another_size_is_found(originals):
    small = np.stack([resized(image, 90) for image in originals])
    ids = [f"i{k:02d}" for k in range(IMAGES)]
    found = near_duplicates({"a": (ids, hash_images(originals)), "b": ([f"s{i}" for i in ids], hash_images(small))})
    assert (found["image_id_b"] == "s" + found["image_id_a"]).sum() == IMAGES


def test_pairs_are_the_same_in_whatever_blocks(originals, monkeypatch):
    hashes = hash_images(np.concatenate([originals, originals[::-1, ::-1]]))
    expected = near_pairs(hashes, 90)
    assert len(expected[0]) > IMAGES
    literal = {
        (a, b) for a in range(len(hashes)) for b in range(a + 1, len(hashes)) if near_pairs(hashes[[a, b]], 90)[0].size
    }
    assert set(zip(expected[0].tolist(), expected[1].tolist(), strict=True)) == literal
    monkeypatch.setattr("selcn.data.duplicates.pairs.ROWS", 7)
    monkeypatch.setattr("selcn.data.duplicates.pairs.OTHERS", 11)
    np.testing.assert_array_equal(np.stack(near_pairs(hashes, 90)), np.stack(expected))


def test_no_images_are_no_pairs_and_a_distance_is_a_number_of_bits(originals):
    assert [len(part) for part in near_pairs(hash_images(originals[:1]))] == [0] * 4
    with pytest.raises(ValueError, match="distance is -1"):
        near_pairs(hash_images(originals), -1)


def test_one_image_in_several_data_sets_is_not_a_pair_and_a_pair_of_images_is_one_row(originals):
    image = hash_images(originals[[0, 0, 1]])
    near = hash_images(np.stack([originals[0], encoded(originals[0], 30), originals[1]]))
    data = {
        "ham10000": (["ISIC_1", "ISIC_2", "ISIC_3"], image),
        "isic2019": (["ISIC_1_downsampled", "ISIC_2", "ISIC_3"], near),
    }
    found = near_duplicates(data)
    assert list(found.columns) == list(COLUMNS)
    assert found[["image_id_a", "image_id_b", "distance", "turn"]].to_numpy().tolist() == [["ISIC_1", "ISIC_2", 0, ""]]
    assert found[["dataset_a", "dataset_b"]].to_numpy().tolist() == [["ham10000", "ham10000"]]
    pd.testing.assert_frame_equal(found, near_duplicates(dict(reversed(data.items()))))


def test_a_pair_is_one_row_where_the_ending_changes_the_order_of_ids(originals):
    same = hash_images(originals[[0, 0]])
    found = near_duplicates({"x": (["a", "a0"], same), "y": (["a_downsampled", "a0"], same)})
    assert found[["image_id_a", "image_id_b"]].to_numpy().tolist() == [["a", "a0"]]


def test_the_nearest_pairs_come_first(originals):
    rows = np.stack([originals[0], originals[1], encoded(originals[0], 20), encoded(originals[1], 70)])
    found = near_duplicates({"a": (["d", "c", "b", "a"], hash_images(rows))})
    assert found["distance"].is_monotonic_increasing
    assert set(zip(found["image_id_a"], found["image_id_b"], strict=True)) == {("a", "c"), ("b", "d")}


# Confirmation


def test_correlation_sees_neither_brightness_nor_contrast_nor_size(originals):
    image = originals[0]
    assert correlation(image, (image * 0.5 + 20).astype(np.uint8)) > 0.999
    assert correlation(image, resized(image, 64)) > 0.99
    assert correlation(image, 255 - image) < -0.999
    assert correlation(image, originals[1]) < 0.9
    assert correlation(image, np.full_like(image, 7)) == 0


def test_pairs_that_do_not_agree_are_dropped(tmp_path, originals):
    ids = ["a", "b", "c"]
    turned = np.ascontiguousarray(np.rot90(originals[0]))
    arrays = {"x": (ids, sharded(tmp_path, ids, np.stack([originals[0], turned, originals[1]])))}
    rows = [("x", "a", "x", "b", 0, "quarter turn right"), ("x", "a", "x", "b", 0, ""), ("x", "a", "x", "c", 40, "")]
    found = confirmed(pd.DataFrame(rows, columns=list(COLUMNS)), arrays)
    assert found[["image_id_b", "turn"]].to_numpy().tolist() == [["b", "quarter turn right"]]
    assert found["correlation"].tolist() == pytest.approx([1])
    none = confirmed(pd.DataFrame([], columns=list(COLUMNS)), arrays)
    assert list(none.columns) == [*COLUMNS, "correlation"]
    assert none.empty
