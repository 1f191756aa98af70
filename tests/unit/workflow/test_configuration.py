"""Configurations with which nothing could be found are refused before anything is trained."""

import pytest

from selcn.design.cam_sources import control_masks, lesion_cells
from selcn.workflow.cells import cells_of_study, cells_refusal
from selcn.workflow.configuration import comparisons_refusal, duplicates_refusal, oracle_refusal, sources_refusal
from selcn.workflow.seeds import seeds_of_cell, seeds_refusal


def config(exchanges, sham, alpha=0.05):
    lesion = {"cells": None, "sham": sham, "oracle": False}
    return {"comparisons": {"exchanges": exchanges, "alpha": alpha}, "lesion": lesion}


@pytest.mark.parametrize(
    ("sham", "masks", "cells"), [(True, ["none", "seg", "lae"], 27), (["seg"], ["seg"], 17), (False, [], 12)]
)
def test_cells_are_the_thesiss_and_the_shams_that_are_asked_for(sham, masks, cells):
    assert control_masks(sham) == masks
    names = lesion_cells(sham, oracle=False)
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


@pytest.mark.parametrize("oracle", [True, ["none"], False])
def test_oracle_controls_are_no_part_of_the_largest_family(oracle):
    least = 5 * 33 * 20
    settings = config(least, sham=True)
    settings["lesion"]["oracle"] = oracle
    assert comparisons_refusal(settings) is None


def test_oracle_controls_without_the_zeros_that_they_are_compared_with_are_refused():
    assert oracle_refusal({"oracle": ["none"], "sham": ["none", "lae"]}) is None
    assert oracle_refusal({"oracle": False, "sham": False}) is None
    message = oracle_refusal({"oracle": True, "sham": ["none"]})
    assert "has the masks ['none', 'seg', 'lae'], lesion.sham ['none'];" in message
    assert "add ['seg', 'lae'] to lesion.sham, or remove it from lesion.oracle" in message
    assert "add ['seg'] to lesion.sham" in oracle_refusal({"oracle": ["seg"], "sham": False})


@pytest.mark.parametrize(
    ("cells", "protocols", "found"),
    [
        ([], ["thesis"], None),
        (["cls-none_sym-off", "cls-none_sym-zeros"], ["thesis", "leakfree"], None),
        (["cls-seg_sym-zeros"], ["leakfree"], "has cls-seg_sym-zeros, which is no cell of this study"),
        (["cls-none_sym-off"], ["thesis"], "add leakfree to protocols, or empty lesion.leave_source_out"),
    ],
)
def test_cells_that_cannot_be_trained_without_a_source_are_refused(cells, protocols, found):
    message = sources_refusal({"leave_source_out": cells, "cells": None, "sham": ["none"], "oracle": False}, protocols)
    assert message is found is None or found in message


MASKS = {"none": [1], "seg": [1], "lae": [1]}


def test_a_cell_s_own_seeds_replace_its_mask_s():
    seeds = {**MASKS, "cls-none_sym-zeros": [1, 2]}
    assert seeds_of_cell(seeds, "cls-none_sym-zeros") == [1, 2]
    assert seeds_of_cell(seeds, "cls-none_sym-off") == [1]
    assert seeds_of_cell([4], "cls-none_sym-off") == [4]


@pytest.mark.parametrize(
    ("seeds", "found"),
    [
        ([1, 2], None),
        ({**MASKS, "cls-none_sym-zeros": [2, 1]}, None),
        ({**MASKS, "lae": [2]}, "cls-lae_sym-off [2] and cls-none_sym-off [1], which are compared on"),
        (
            {**MASKS, "cls-none_sym-oracle": [2]},
            "cls-none_sym-oracle [2] and cls-none_sym-zeros [1], which are compared",
        ),
        ({**MASKS, "cls-seg_sym-zeros": [1]}, "lesion.seeds names cls-seg_sym-zeros, no cell of this study"),
    ],
)
def test_cells_without_a_common_seed_and_unknown_ones_are_refused(seeds, found):
    message = seeds_refusal({"seeds": seeds, "cells": None, "sham": ["none"], "oracle": ["none"]})
    assert message is None if found is None else found in message


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (None, None),
        (["cls-none_sym-zeros", "cls-none_sym-off"], None),
        (["cls-none_sym-off", "cls-seg_sym-zeros"], "lesion.cells names cls-seg_sym-zeros, no cell of this study"),
        (["cls-none_sym-zeros"], "only controls; add the cells to compare them with, such as cls-none_sym-off"),
    ],
)
def test_cells_that_the_study_cannot_have_are_refused(cells, found):
    message = cells_refusal({"cells": cells, "sham": ["none"], "oracle": False})
    assert message is found is None or found in message


def test_named_cells_keep_the_study_s_order():
    named = ["cls-none_sym-zeros", "cls-none_sym-none", "cls-none_sym-off"]
    assert cells_of_study({"cells": named, "sham": ["none"], "oracle": False}) == [*reversed(named[1:]), named[0]]


def test_a_doubtful_pair_needs_no_more_features_than_a_certain_one():
    assert duplicates_refusal({"certain": 10, "doubtful": 10}) is None
    message = duplicates_refusal({"certain": 10, "doubtful": 11})
    assert message is not None
    assert message.startswith("duplicates.doubtful is 11, above duplicates.certain, 10")
