"""Figures choose their images by a rule that reads the data, whatever the order of its rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selcn.report.figures import hair, lesion_cams, masks, symmetry_cams
from selcn.report.figures.choice import evenly_spaced, nearest_to_quantiles


def test_quantiles_choose_the_nearest_image_and_no_image_twice():
    shares = pd.Series({"c": 0.5, "b": 0.5, "a": 0.0, "d": 1.0, "e": np.nan})
    assert nearest_to_quantiles(shares, [0.5]) == ["b"]
    assert nearest_to_quantiles(shares, [0.5, 0.5, 1.0]) == ["b", "c", "d"]
    assert sorted(nearest_to_quantiles(shares, [0.5] * 9)) == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="no image to choose from"):
        nearest_to_quantiles(shares[["e"]], [0.5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.randoms())
def test_choice_does_not_depend_on_the_order_of_rows(values, random):
    shares = pd.Series(values, index=[f"img{i:02d}" for i in range(len(values))])
    shuffled = shares.sample(frac=1, random_state=random.randrange(100))
    assert nearest_to_quantiles(shuffled, masks.QUARTILES) == nearest_to_quantiles(shares, masks.QUARTILES)
    assert evenly_spaced(list(shuffled.index), 4) == evenly_spaced(list(shares.index), 4)


@given(st.integers(0, 30), st.integers(1, 6))
def test_evenly_spaced_ids_are_distinct_and_sorted(total, count):
    chosen = evenly_spaced([f"{i:02d}" for i in range(total)], count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(total, count)


def test_evenly_spaced_takes_the_middles():
    assert evenly_spaced(["f", "a", "b", "c", "d", "e"], 2) == ["b", "e"]


def test_each_figure_chooses_among_its_own_images():
    manifest = pd.DataFrame({"lesion_found": [True, False], "area_share": [0.9, 0.1]}, index=["a", "b"])
    assert masks.choose(manifest) == ["a"]
    shares = pd.DataFrame({"hair_share": [0.1, 0.4, 0.4, 0.2]}, index=["a", "c", "b", "d"])
    assert hair.choose(shares) == ["b", "c", "d"]
    splits = pd.DataFrame(
        {
            "image_id": ["a", "b", "c", "d"],
            "label": ["symmetric", "asymmetric", "asymmetric", "symmetric"],
            "role": ["test", "test", "pool", "test"],
        }
    )
    assert symmetry_cams.choose(splits) == ["b", "a", "d"]
    areas = pd.DataFrame({"lesion_found": True, "area_share": [0.1, 0.2, 0.3, 0.4]}, index=list("abcd"))
    assert lesion_cams.choose(splits, areas, [{"a", "c", "d"}, {"c", "d", "b"}]) == "d"
