"""What shams say of a difference holds for what came out: who was told apart, who was not, and what stays open."""

import pandas as pd
import pytest

from selcn.design.cam_sources import SHAMS
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.attribution import attribution
from selcn.report.answers.words import CONTROLS

CAM, OFF = "cls-none_sym-none", "cls-none_sym-off"
OPEN = "So whether symmetry accounts for this stays open."
FOR_SYMMETRY = "speaks for symmetry"


def rows(*of):
    return pd.DataFrame(of, columns=["cell", "reference", "metric", "outcome"])


def attributed(outcome, by_sham, metric="kappa"):
    """What is said of one difference, by how the cell came out against shams."""
    shams = [(CAM, f"cls-none_sym-{sham}", metric, of_sham) for sham, of_sham in by_sham.items()]
    return attribution(rows((CAM, OFF, metric, outcome)), rows(*shams))


def test_every_sham_has_what_it_controls_for():
    assert tuple(CONTROLS) == SHAMS


@pytest.mark.parametrize("outcome", [HIGHER, LOWER])
def test_what_holds_against_every_sham_speaks_for_symmetry(outcome):
    text = attributed(outcome, dict.fromkeys(SHAMS, outcome))
    assert f"{CAM} is {outcome} than without CAMs in 1 metric: so too against {', '.join(SHAMS[:-1])} and mal" in text
    assert FOR_SYMMETRY in text
    assert OPEN not in text
    assert "not so against" not in text


@pytest.mark.parametrize("sham", SHAMS)
@pytest.mark.parametrize("outcome", [HIGHER, LOWER])
def test_a_sham_that_was_not_told_apart_is_named_with_what_it_controls_for(sham, outcome):
    text = attributed(outcome, {**dict.fromkeys(SHAMS, outcome), sham: NOT_SIGNIFICANT})
    assert f"not so against {sham} ({CONTROLS[sham]})." in text
    assert OPEN in text
    assert FOR_SYMMETRY not in text
    assert "too few lesions or trainings to tell, for what is not told apart need not be equal" in text
    # The layer is what zeros control for, and no other.
    assert ("the layer itself" in text) == (sham == "zeros")


def test_a_sham_that_does_better_still_is_told():
    text = attributed(HIGHER, {**dict.fromkeys(SHAMS, HIGHER), "mask": LOWER})
    assert "not so against mask (where this lesion lies; the sham is the higher one)" in text
    assert OPEN in text


def test_without_shams_of_an_unmasked_network_symmetry_stays_open():
    text = attributed(HIGHER, dict.fromkeys(("zeros", "gaussian", "mask"), HIGHER))
    assert (
        "so too against zeros, gaussian and mask; not compared with shuffled (what CAMs have in common) and mal" in text
    )
    assert OPEN in text
    assert FOR_SYMMETRY not in text


def test_metrics_are_counted_and_those_that_speak_for_symmetry_named():
    metrics = ("accuracy", "macro_f1", "kappa")
    cams = rows(*((CAM, OFF, metric, HIGHER) for metric in metrics))
    shams = [
        (CAM, f"cls-none_sym-{sham}", metric, NOT_SIGNIFICANT if (sham, metric) == ("malignancy", "kappa") else HIGHER)
        for sham in SHAMS
        for metric in metrics
    ]
    text = attribution(cams, rows(*shams))
    assert f"not so against malignancy ({CONTROLS['malignancy']}; in 1 of 3)" in text
    assert "By accuracy and macro F1 this speaks for symmetry" in text
    assert "by the others it stays open" in text


def test_a_sham_of_another_cell_or_metric_says_nothing():
    text = attribution(
        rows((CAM, OFF, "kappa", HIGHER)),
        rows(
            (CAM, "cls-none_sym-zeros", "accuracy", HIGHER), ("cls-none_sym-seg", "cls-none_sym-zeros", "kappa", HIGHER)
        ),
    )
    assert f"{CAM}: no shams of the mask to be compared with" in text
    assert "may come from the layer as well as from the CAMs" in text
    assert FOR_SYMMETRY not in text


def test_without_a_difference_there_is_none_to_attribute():
    text = attributed(NOT_SIGNIFICANT, dict.fromkeys(SHAMS, HIGHER))
    assert "no difference to attribute" in text
    assert FOR_SYMMETRY not in text
