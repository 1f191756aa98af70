"""Groups of linked images, against an explicit union-find."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selcn.data.duplicates.groups import lesion_groups, require_same_images, unrevealed

NO_PAIRS = pd.DataFrame({"image_id_a": [], "image_id_b": []}, dtype="str")


def index_of(rows: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["image_id", "lesion_id"], dtype="str")


def pairs_of(rows: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["image_id_a", "image_id_b"], dtype="str")


def literal_groups(indices, pairs) -> list[tuple[str, str, str]]:
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def find(node):
        parent.setdefault(node, node)
        while parent[node] != node:
            node = parent[node]
        return node

    def plain(image_id):
        return image_id.removesuffix("_downsampled")

    images = [(name, row.image_id, row.lesion_id) for name, index in indices.items() for row in index.itertuples()]
    for _, image_id, lesion_id in images:
        if plain(lesion_id) != plain(image_id):
            parent[find(("image", plain(image_id)))] = find(("lesion", lesion_id))
    for a, b in pairs.itertuples(index=False):
        parent[find(("image", plain(a)))] = find(("image", plain(b)))
    members: dict[tuple[str, str], list[str]] = {}
    for _, image_id, _ in images:
        members.setdefault(find(("image", plain(image_id))), []).append(image_id)
    return [(name, image_id, min(members[find(("image", plain(image_id)))])) for name, image_id, _ in images]


@st.composite
def studies(draw):
    ids = [f"i{k}{end}" for k in range(8) for end in ("", "_downsampled")]
    indices = {}
    for name in draw(st.sampled_from([("a",), ("a", "b"), ("c", "a", "b")])):
        chosen = draw(st.lists(st.sampled_from(ids), unique=True, min_size=1))
        lesions = [draw(st.sampled_from([image_id, "L1", "L2", "L3"])) for image_id in chosen]
        indices[name] = index_of(list(zip(chosen, lesions, strict=True)))
    known = st.sampled_from([image_id for index in indices.values() for image_id in index["image_id"]])
    return indices, pairs_of(draw(st.lists(st.tuples(known, known), max_size=4)))


@settings(max_examples=20)
@given(study=studies())
def test_groups_equal_a_literal_union_find(study):
    groups = lesion_groups(*study)
    assert list(groups.columns) == ["dataset", "image_id", "group"]
    assert list(groups.itertuples(index=False, name=None)) == literal_groups(*study)


def test_each_reason_joins_and_reasons_chain():
    indices = {
        "ham10000": index_of([("i1", "HAM_1"), ("i2", "HAM_1"), ("i3", "HAM_2"), ("i4", "i4")]),
        "isic2019": index_of([("i4_downsampled", "BCN_1"), ("i5", "BCN_1"), ("i6", "i6")]),
    }
    groups = lesion_groups(indices, pairs_of([("i3", "i5")])).set_index("image_id")["group"]
    assert groups.to_dict() == {
        "i1": "i1",
        "i2": "i1",
        "i3": "i3",
        "i4": "i3",
        "i4_downsampled": "i3",
        "i5": "i3",
        "i6": "i6",
    }
    assert lesion_groups(indices, NO_PAIRS).set_index("image_id").loc["i3", "group"] == "i3"


def test_a_pair_of_an_image_that_is_in_no_index_is_refused():
    with pytest.raises(ValueError, match="i9 is in a pair of near-duplicates, but in no index of ham10000"):
        lesion_groups({"ham10000": index_of([("i1", "i1")])}, pairs_of([("i1", "i9")]))
    with pytest.raises(KeyError, match="i9"):
        unrevealed(pairs_of([("i1", "i9")]), {"ham10000": index_of([("i1", "i1")])})


def test_pairs_that_ids_reveal_are_left_out():
    indices = {
        "ham10000": index_of([("i1", "HAM_1"), ("i2", "HAM_1"), ("i3", "HAM_2")]),
        "isic2019": index_of([("i3_downsampled", "HAM_1"), ("i4", "i4")]),
    }
    pairs = pairs_of([("i1", "i2"), ("i2", "i3"), ("i3_downsampled", "i4"), ("i1", "i4")])
    found = unrevealed(pairs.assign(distance=np.arange(4)), indices)
    assert found["distance"].tolist() == [2, 3]


def files_of(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["image_id", "sha256"], dtype="str")


def test_an_id_of_two_different_files_is_refused_unless_it_is_the_archive_s():
    first = files_of(("img_1", "aa"), ("img_2", "bb"), ("ISIC_0000001", "cc"), ("ISIC_0000002_downsampled", "dd"))
    same = files_of(("img_1", "aa"), ("img_3", "bb"), ("ISIC_0000001", "ee"), ("ISIC_0000002_downsampled", "ff"))
    require_same_images({"one": first, "two": same})
    other = files_of(("img_1", "zz"), ("img_2", "yy"))
    message = (
        r"img_1 is another file in one and two, as are 1 further ids; expected one image for an id: give .* a prefix"
    )
    with pytest.raises(ValueError, match=message):
        require_same_images({"one": first, "two": other})
