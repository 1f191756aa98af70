"""Configurations with which nothing could be found are refused before anything is trained."""

import pytest

from selcn.design.cam_sources import lesion_cells, sham_masks
from selcn.workflow.configuration import comparisons_refusal


def config(exchanges, sham, alpha=0.05):
    return {"comparisons": {"exchanges": exchanges, "alpha": alpha}, "lesion": {"sham": sham}}


@pytest.mark.parametrize(
    ("sham", "masks", "cells"), [(True, ["none", "seg", "lae"], 27), (["seg"], ["seg"], 17), (False, [], 12)]
)
def test_cells_are_the_thesiss_and_the_shams_that_are_asked_for(sham, masks, cells):
    assert sham_masks(sham) == masks
    names = lesion_cells(sham)
    assert len(set(names)) == len(names) == cells
    assert {name.split("_")[0] for name in names if name.endswith("malignancy")} == {f"cls-{mask}" for mask in masks}


@pytest.mark.parametrize(
    ("sham", "alpha", "least"),
    [
        # By five metrics of maps: 11 pairs of CAMs and shams a mask, nine pairs of CAMs without any sham.
        (True, 0.05, 5 * 33 * 20),
        (["none"], 0.05, 5 * 11 * 20),
        (["none"], 0.01, 5 * 11 * 100),
        (False, 0.05, 5 * 9 * 20),
    ],
)
def test_too_few_exchanges_for_the_largest_family_are_refused(sham, alpha, least):
    assert comparisons_refusal(config(least, sham, alpha)) is None
    message = comparisons_refusal(config(least - 1, sham, alpha))
    assert f"comparisons.exchanges is {least - 1}, too few for the {round(least * alpha)} comparisons" in message
    assert f"set comparisons.exchanges to {least} or more" in message
