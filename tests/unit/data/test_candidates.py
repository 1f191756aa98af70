"""Candidates for a comparison by local features, against literal searches."""

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photographs import skin
from selcn.data.duplicates.appearance import (
    Appearance,
    colour_histogram,
    nearest_by_hash,
    nearest_by_product,
    summarise_all,
)
from selcn.data.duplicates.candidates import choose_candidates, count_reasons, patient_pairs
from selcn.data.duplicates.hashes import hash_images
from selcn.data.duplicates.keypoint_words import choose_words, summarise
from selcn.data.duplicates.keypoints import Keypoints, find_keypoints
from selcn.data.duplicates.pairs import distances


def index_of(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["image_id", "age", "sex", "site"]).astype(
        {"image_id": "str", "age": "float32", "sex": "str", "site": "str"}
    )


def literal_pairs(indices: dict[str, list[tuple]]) -> set[tuple[str, str]]:
    pairs = set()
    for rows in indices.values():
        for a, *patient in rows:
            for b, *other in rows:
                known = any(value is not None for value in patient)
                if known and patient == other and a.removesuffix("_downsampled") < b.removesuffix("_downsampled"):
                    pairs.add((a.removesuffix("_downsampled"), b.removesuffix("_downsampled")))
    return pairs


values = st.tuples(
    st.sampled_from([None, 40.0, 45.0]), st.sampled_from([None, "male", "female"]), st.sampled_from([None, "back"])
)


@st.composite
def tables(draw):
    ids = [f"i{k}{end}" for k in range(6) for end in ("", "_downsampled")]
    return {
        name: [(image_id, *draw(values)) for image_id in draw(st.lists(st.sampled_from(ids), unique=True, min_size=1))]
        for name in ("first", "second")
    }


@settings(max_examples=30, deadline=None)
@given(rows=tables())
def test_pairs_of_like_patients_equal_a_literal_search(rows):
    indices = {name: index_of(table) for name, table in rows.items()}
    images = pd.Series([f"i{k}" for k in range(6)])
    found = patient_pairs(indices, images)
    assert {(images[a], images[b]) for a, b in found.T} == literal_pairs(rows)


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.stack([skin(seed) for seed in range(12)])


def literal_nearest(away: np.ndarray, count: int) -> list[set[int]]:
    return [
        set(sorted((row for row in range(len(line)) if row != k), key=lambda row: line[row])[:count])
        for k, line in enumerate(away)
    ]


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_nearest_images_equal_a_literal_search(pictures, count):
    colours = np.stack([colour_histogram(picture) for picture in pictures])
    hashes = hash_images(pictures)
    by_colour = np.array([[-float(a @ b) for b in colours] for a in colours])
    assert [set(row) for row in nearest_by_product(colours, count)] == literal_nearest(by_colour, count)
    bits = distances(hashes, hashes)
    for row, found in enumerate(nearest_by_hash(hashes, count)):
        # Of equally distant images any may be taken.
        others = np.delete(bits[row], row)
        assert sorted(bits[row][found]) == sorted(others)[:count]
        assert row not in found


def test_colours_of_an_image_are_a_unit_vector_that_brightness_moves(pictures):
    first = colour_histogram(pictures[0])
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    assert first @ colour_histogram(np.rot90(pictures[0])) == pytest.approx(1, abs=1e-5)
    assert first @ colour_histogram(pictures[0] // 2) < 0.5


class Found:
    """Keypoints of images, as `KeypointFiles` hands them out."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self._keypoints = [find_keypoints(picture) for picture in pictures]

    def of(self, dataset: str, image_id: str) -> Keypoints:
        return self._keypoints[int(image_id.removeprefix("i").removesuffix("_downsampled"))]


def test_keypoints_are_summed_by_their_nearest_word():
    rng = np.random.default_rng(0)
    words = rng.uniform(0, 60, (3, 128)).astype(np.float32)
    image = Keypoints(rng.uniform(0, 200, (7, 2)).astype(np.float32), rng.integers(0, 60, (7, 128)).astype(np.uint8))
    sums = np.zeros((3, 128))
    for descriptor in image.descriptors:
        away = [sum((float(a) - float(b)) ** 2 for a, b in zip(descriptor, word, strict=True)) for word in words]
        sums[np.argmin(away)] += descriptor - words[np.argmin(away)].astype(float)
    parts = [part / np.linalg.norm(part) if part.any() else part for part in sums]
    expected = np.concatenate(parts) / np.linalg.norm(np.concatenate(parts))
    np.testing.assert_allclose(summarise(image, words), expected, atol=1e-5)


def test_an_image_without_keypoints_is_zeros_and_images_without_any_have_no_words():
    empty = Keypoints(np.empty((0, 2), np.float32), np.empty((0, 128), np.uint8))
    assert not summarise(empty, np.ones((2, 128), np.float32)).any()
    words = choose_words([empty, empty], np.random.default_rng(0))
    assert words.shape == (0, 128)
    assert summarise(empty, words).shape == (0,)
    assert nearest_by_product(np.empty((3, 0), np.float16), 2).shape == (3, 2)


def test_words_are_the_same_with_the_same_seed(pictures):
    keypoints = [find_keypoints(picture) for picture in pictures]
    first, second = (choose_words(keypoints, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_an_image_taken_anew_is_nearest_by_features(pictures):
    """Turned, zoomed and darker, so that neither its colours nor its hash are the nearest."""
    middle = (pictures.shape[2] / 2, pictures.shape[1] / 2)
    turned = cv2.warpAffine(
        pictures[0], cv2.getRotationMatrix2D(middle, 40, 1.3), pictures.shape[2:0:-1], borderMode=cv2.BORDER_REFLECT
    )
    stack = np.stack([*pictures, (turned * 0.7).astype(np.uint8)])
    images = pd.DataFrame({"dataset": "a", "image_id": [f"i{k}" for k in range(len(stack))]})
    vectors = summarise_all(images, Found(list(stack)), np.random.default_rng(0))
    assert nearest_by_product(vectors, 1)[-1] == [0]


def seen_of(pictures: np.ndarray, images: pd.DataFrame, canonical: list[str]) -> Appearance:
    return Appearance(
        images.assign(canonical=canonical),
        np.stack([colour_histogram(picture) for picture in pictures]),
        hash_images(pictures),
        summarise_all(images, Found(list(pictures)), np.random.default_rng(0)),
    )


def test_each_pair_is_a_candidate_once_with_all_its_reasons(pictures):
    # Not in the order of the ids, which a pair's sides and the table have.
    ids = [f"i{k:02}" for k in (3, 1, 2, 0, 4, 5, 6, 7, 11, 9, 10, 8)]
    images = pd.DataFrame({"dataset": ["a"] * 6 + ["b"] * 6, "image_id": [*ids[:11], "i08_downsampled"]})
    seen = seen_of(pictures, images, ids)
    indices = {
        "a": index_of(
            [(name, 50.0, "male", "back") for name in ids[:3]] + [(name, None, None, None) for name in ids[3:6]]
        ),
        "b": index_of([(name, None, None, None) for name in images["image_id"][6:]]),
    }
    expected: dict[tuple[str, str], list[str]] = {}
    for a, b in (("i01", "i02"), ("i01", "i03"), ("i02", "i03")):
        expected[a, b] = ["patient"]
    for reason, nearest in seen.nearest(2).items():
        for row, others in enumerate(nearest):
            for other in others:
                reasons = expected.setdefault(tuple(sorted((ids[row], ids[other]))), [])
                reasons.extend([reason] if reason not in reasons else [])
    table = choose_candidates(indices, seen, nearest=2)
    canonical = [table[f"image_id_{side}"].astype("str").str.removesuffix("_downsampled") for side in "ab"]
    found = dict(zip(zip(*canonical, strict=True), table["candidate"], strict=True))
    assert found == {pair: ", ".join(reasons) for pair, reasons in sorted(expected.items())}
    assert list(found) == sorted(found)
    assert len(found) == len(table)
    assert set(table.loc[table["image_id_b"] == "i08_downsampled", "dataset_b"]) <= {"b"}
    counted = {reason: sum(reason in reasons for reasons in expected.values()) for reason in ("patient", "features")}
    assert {reason: count_reasons(table["candidate"])[reason] for reason in counted} == counted
