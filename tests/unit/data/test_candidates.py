"""Candidates for a comparison by local features, against literal searches."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photographs import skin
from selcn.data.duplicates.candidates import (
    Appearance,
    choose_candidates,
    colour_histogram,
    nearest_by_colour,
    nearest_by_hash,
    patient_pairs,
)
from selcn.data.duplicates.hashes import hash_images
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
    assert [set(row) for row in nearest_by_colour(colours, count)] == literal_nearest(by_colour, count)
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


def test_each_pair_is_a_candidate_once_by_its_first_reason(pictures):
    ids = [f"i{k}" for k in range(12)]
    images = pd.DataFrame({"dataset": ["a"] * 6 + ["b"] * 6, "image_id": [*ids[:11], "i11_downsampled"]})
    seen = Appearance(
        images.assign(canonical=ids),
        hash_images(pictures),
        np.stack([colour_histogram(picture) for picture in pictures]),
    )
    indices = {
        "a": index_of(
            [(name, 50.0, "male", "back") for name in ids[:3]] + [(name, None, None, None) for name in ids[3:6]]
        ),
        "b": index_of([(name, None, None, None) for name in images["image_id"][6:]]),
    }
    table = choose_candidates(indices, seen, nearest=2)
    assert not table.duplicated(["image_id_a", "image_id_b"]).any()
    patients = table[table["candidate"] == "patient"]
    assert list(zip(patients["image_id_a"], patients["image_id_b"], strict=True)) == [
        ("i0", "i1"),
        ("i0", "i2"),
        ("i1", "i2"),
    ]
    # Every image has at least its two nearest by colour and by hash, also in the other data set.
    met = pd.concat([table["image_id_a"], table["image_id_b"]]).value_counts()
    assert set(met.index) == set(images["image_id"])
    assert met.min() >= 2
    assert (table["dataset_a"] != table["dataset_b"]).any()
    assert set(table.loc[table["image_id_b"] == "i11_downsampled", "dataset_b"]) <= {"b"}
