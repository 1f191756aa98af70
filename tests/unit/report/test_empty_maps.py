"""Empty CAMs are named as an explanation where a lower score goes with more of them, and nowhere else."""

import pandas as pd
import pytest

from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.empty_maps import empty_maps, empty_shares

CAM, OFF = "cls-none_sym-none", "cls-none_sym-off"
MAY_EXPLAIN = (
    "In 1 of 1 pairs with a significant difference in IoU or the pointing game, empty CAMs may explain part or all"
)


def row(metric, outcome, score, reference_score, images=100):
    names = {"cell": CAM, "reference": OFF, "metric": metric, "outcome": outcome, "images": images}
    return {**names, "cell_score": score, "reference_score": reference_score, "difference": score - reference_score}


@pytest.mark.parametrize("metric", ["iou", "hit", "hit_undilated"])
def test_empty_cams_may_explain_a_lower_score_with_more_of_them(metric):
    table = pd.DataFrame([row(metric, LOWER, 0.1, 0.4), row("empty_cam", HIGHER, 0.852, 0.018)])
    text = empty_maps(table)
    assert MAY_EXPLAIN in text
    assert "the network with the lower score has more of them (significantly more in 1 of 1)." in text
    assert "Share of empty CAMs: significantly higher in 1 and lower in 0 of 1 pair." in text
    shares = [" ".join(line.split()) for line in empty_shares(table).splitlines()]
    assert shares[2:] == [f"| {OFF} | 1.8 % |", f"| {CAM} | 85.2 % |"]


def test_so_may_a_higher_score_with_fewer_even_without_a_significant_difference_in_shares():
    text = empty_maps(pd.DataFrame([row("iou", HIGHER, 0.5, 0.4), row("empty_cam", NOT_SIGNIFICANT, 0.02, 0.05)]))
    assert "higher in 0 and lower in 0 of 1 pair." in text
    assert MAY_EXPLAIN in text
    assert "(significantly more in 0 of 1)" in text


@pytest.mark.parametrize(
    "rows",
    [
        (row("iou", HIGHER, 0.5, 0.4), row("empty_cam", HIGHER, 0.5, 0.1)),
        (row("iou", LOWER, 0.3, 0.4), row("empty_cam", NOT_SIGNIFICANT, 0.1, 0.1)),
        (row("iou", LOWER, 0.3, 0.4), row("empty_cam", NOT_SIGNIFICANT, 0.10001, 0.1)),
    ],
)
def test_a_lower_score_without_more_empty_cams_is_not_explained(rows):
    table = pd.DataFrame(rows)
    assert "may explain" not in empty_maps(table)
    assert (
        "in none of the pairs with a significant difference in them (1) does the network with the lower score have more"
    ) in empty_maps(table)
    assert empty_shares(table) == ""


def test_empty_cams_do_not_lower_overlap():
    text = empty_maps(
        pd.DataFrame(
            [
                row("overlap", LOWER, 0.3, 0.4, images=15),
                row("iou", NOT_SIGNIFICANT, 0.1, 0.4),
                row("empty_cam", HIGHER, 0.8, 0),
            ]
        )
    )
    assert "may explain" not in text
    assert "Percentage overlap uses only images where neither CAM is empty: 15 of 100." in text


def test_nothing_is_said_of_predictions():
    table = pd.DataFrame([row("accuracy", LOWER, 0.3, 0.4)])
    assert empty_maps(table) == empty_shares(table) == ""
