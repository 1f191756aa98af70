"""Where a lower score goes with more empty maps it is said so, with the shares; elsewhere it is not."""

import pandas as pd
import pytest

from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.empty_maps import empty_maps

CAM, OFF = "cls-none_sym-none", "cls-none_sym-off"
MAY_BE = "may be, in part or altogether, of how many maps are empty instead of where maps lie"


def row(metric, outcome, score, reference_score, images=100):
    names = {"cell": CAM, "reference": OFF, "metric": metric, "outcome": outcome, "images": images}
    return {**names, "cell_score": score, "reference_score": reference_score, "difference": score - reference_score}


def said(*rows):
    return empty_maps(pd.DataFrame(rows))


@pytest.mark.parametrize("metric", ["iou", "hit", "hit_undilated"])
def test_a_lower_score_with_more_empty_maps_may_be_of_these(metric):
    text = said(row(metric, LOWER, 0.1, 0.4), row("empty_cam", HIGHER, 0.852, 0.018))
    assert "By the share of empty maps: 1 of 1 pair told apart, more being empty in 1 and fewer in 0." in text
    assert "count an empty map as a miss. In 1 of the 1 pair that they told apart" in text
    assert "(told apart in 1)" in text
    assert MAY_BE in text
    assert f"Shares of empty maps: {OFF} 1.8 % and {CAM} 85.2 %." in text


def test_so_may_a_higher_score_with_fewer_also_where_shares_are_not_told_apart():
    text = said(row("iou", HIGHER, 0.5, 0.4), row("empty_cam", NOT_SIGNIFICANT, 0.02, 0.05))
    assert "0 of 1 pair told apart." in text
    assert MAY_BE in text
    assert "(told apart in 0)" in text


@pytest.mark.parametrize(
    "rows",
    [
        (row("iou", HIGHER, 0.5, 0.4), row("empty_cam", HIGHER, 0.5, 0.1)),
        (row("iou", LOWER, 0.3, 0.4), row("empty_cam", NOT_SIGNIFICANT, 0.1, 0.1)),
        (row("iou", LOWER, 0.3, 0.4), row("empty_cam", NOT_SIGNIFICANT, 0.10001, 0.1)),
    ],
)
def test_a_lower_score_without_more_empty_maps_is_not(rows):
    text = said(*rows)
    assert MAY_BE not in text
    assert "In none of the 1 pair that they told apart has the cell with the lower score more empty maps." in text


def test_overlap_is_none_that_empty_maps_make_lower():
    text = said(
        row("overlap", LOWER, 0.3, 0.4, images=15),
        row("iou", NOT_SIGNIFICANT, 0.1, 0.4),
        row("empty_cam", HIGHER, 0.8, 0),
    )
    assert MAY_BE not in text
    assert "Percentage overlap is of images where neither map is empty: 15 of 100, by the pair." in text


def test_nothing_is_said_of_predictions():
    assert said(row("accuracy", LOWER, 0.3, 0.4)) == ""
