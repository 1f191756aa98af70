"""Attribution follows from the sham controls: against which a difference remains, and what stays open."""

import pandas as pd
import pytest

from selcn.design.cam_sources import SHAMS
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.attribution import attribution, remaining
from selcn.report.answers.words import CONTROLS

CAM, OFF = "cls-none_sym-none", "cls-none_sym-off"
NAME = "model 2 (no mask, CAMs: no mask)"
OPEN = "**Whether symmetry explains the differences from networks without CAMs stays open.**"
SUPPORT = "the results support symmetry as the cause"
CAVEAT = "no significant difference does not mean equal"


def rows(*of):
    return pd.DataFrame(of, columns=["cell", "reference", "metric", "outcome"])


def compared(outcome, by_sham, metric="kappa"):
    """One difference from the cell without CAMs, and how the cell came out against sham controls."""
    shams = [(CAM, f"cls-none_sym-{sham}", metric, of_sham) for sham, of_sham in by_sham.items()]
    return rows((CAM, OFF, metric, outcome)), rows(*shams)


def lines_of(table):
    """The cells of a table's lines, by their first."""
    lines = [[text.strip() for text in line.strip("|").split("|")] for line in table.splitlines()]
    return {first: rest for first, *rest in lines}


def test_every_sham_control_has_what_it_isolates():
    assert tuple(CONTROLS) == SHAMS


@pytest.mark.parametrize("outcome", [HIGHER, LOWER])
def test_a_difference_that_remains_against_every_sham_control_supports_symmetry(outcome):
    tables = compared(outcome, dict.fromkeys(SHAMS, outcome))
    text = attribution(*tables)
    assert f"{SUPPORT} for {NAME}: {outcome} by kappa.**" in text
    assert "true of 1 of 1 difference in 1 cell with sham controls." in text
    assert "stays open" not in text
    assert CAVEAT not in text
    lines = lines_of(remaining(*tables))
    assert lines["Sham control"] == ["Isolates", f"{CAM}: {outcome} in 1"]
    assert {sham: lines[sham] for sham in SHAMS} == {sham: [CONTROLS[sham], "1 of 1"] for sham in SHAMS}


@pytest.mark.parametrize("sham", SHAMS)
@pytest.mark.parametrize("outcome", [HIGHER, LOWER])
def test_a_difference_that_does_not_remain_against_one_stays_open(sham, outcome):
    tables = compared(outcome, {**dict.fromkeys(SHAMS, outcome), sham: NOT_SIGNIFICANT})
    text = attribution(*tables)
    assert OPEN in text
    assert SUPPORT not in text
    assert f"too few lesions or trainings to tell: {CAVEAT}" in text
    noun = {HIGHER: "increase", LOWER: "decrease"}[outcome]
    # The layer is what zeros isolate, and no other.
    assert (
        f"Against the zeros control, which isolates the extra layer, no significant {noun} remains (1 comparison)."
        in text
    ) == (sham == "zeros")
    entries = {name: lines_of(remaining(*tables))[name][1] for name in SHAMS}
    assert entries == {**dict.fromkeys(SHAMS, "1 of 1"), sham: "0 of 1"}


def test_a_sham_control_that_does_better_still_is_shown():
    tables = compared(HIGHER, {**dict.fromkeys(SHAMS, HIGHER), "mask": LOWER})
    assert lines_of(remaining(*tables))["mask"] == ["where this lesion lies", "0 of 1, opposite in 1"]
    assert OPEN in attribution(*tables)


def test_without_sham_controls_of_an_unmasked_network_symmetry_stays_open():
    tables = compared(HIGHER, dict.fromkeys(("zeros", "gaussian", "mask"), HIGHER))
    lines = lines_of(remaining(*tables))
    assert [lines[sham][1] for sham in SHAMS] == ["1 of 1", "not compared", "1 of 1", "1 of 1", "not compared"]
    text = attribution(*tables)
    assert "a significant increase remains in 1 of 1 comparison." in text
    assert OPEN in text
    assert SUPPORT not in text


def test_metrics_are_counted_and_those_that_support_symmetry_named():
    metrics = ("accuracy", "macro_f1", "kappa")
    cams = rows(*((CAM, OFF, metric, HIGHER) for metric in metrics))
    shams = [
        (CAM, f"cls-none_sym-{sham}", metric, NOT_SIGNIFICANT if (sham, metric) == ("malignancy", "kappa") else HIGHER)
        for sham in SHAMS
        for metric in metrics
    ]
    text = attribution(cams, rows(*shams))
    assert f"{SUPPORT} for {NAME}: higher by accuracy and macro F1.** For the other differences it stays open." in text
    assert "true of 2 of 3 differences in 1 cell with sham controls." in text
    assert lines_of(remaining(cams, rows(*shams)))["malignancy"][1] == "2 of 3"


def test_a_sham_control_of_another_cell_or_metric_says_nothing():
    tables = (
        rows((CAM, OFF, "kappa", HIGHER)),
        rows(
            (CAM, "cls-none_sym-zeros", "accuracy", HIGHER), ("cls-none_sym-seg", "cls-none_sym-zeros", "kappa", HIGHER)
        ),
    )
    text = attribution(*tables)
    assert text.startswith(OPEN)
    assert f"may come from the extra layer as well as from the CAMs: {NAME}." in text
    assert SUPPORT not in text
    assert remaining(*tables) == ""


def test_without_a_difference_there_is_none_to_attribute():
    tables = compared(NOT_SIGNIFICANT, dict.fromkeys(SHAMS, HIGHER))
    assert attribution(*tables).startswith("**Nothing to attribute:**")
    assert remaining(*tables) == ""
