"""Paragraphs say what came out: better, worse or not told apart; with shams and without."""

import numpy as np
import pandas as pd
import pytest

from selcn.comparisons.pairs import CAMS, CAMS_OVER_SHAMS, MASKS, SHAMS, SYMMETRY_MASKS
from selcn.comparisons.sentences import answers
from selcn.comparisons.table import HIGHER, LOWER, NOT_TOLD_APART

OFF, CAM, ZEROS, SHUFFLED = (f"cls-none_sym-{source}" for source in ("off", "none", "zeros", "shuffled"))
VALUES = {
    HIGHER: {"difference": 0.031, "low": 0.012, "high": 0.05, "p_adjusted": 0.0004},
    LOWER: {"difference": -0.042, "low": -0.06, "high": -0.021, "p_adjusted": 0.012},
    NOT_TOLD_APART: {"difference": 0.004, "low": -0.013, "high": 0.022, "p_adjusted": 0.62},
}
NEVER = ("prove", "no effect", "significant")


def row(outcome, question=CAMS, cell=CAM, reference=OFF, metric="balanced_accuracy", seeds=1, **others):
    fixed = {"images": 2003, "lesions": 1802, "seeds": seeds, "folds": 4, "alpha": 0.05}
    names = {"question": question, "cell": cell, "reference": reference, "metric": metric, "outcome": outcome}
    return {**names, **VALUES[outcome], **fixed, **others}


def told(*rows):
    """The answer to question 1 from such a table; to question 2 it says the same of the maps' places."""
    table = pd.DataFrame(rows)
    paragraphs = answers(table, table.iloc[:0])
    assert not any(word in text for text in paragraphs.values() for word in NEVER)
    return paragraphs["question 1"]


def test_a_better_cell_is_told_with_its_numbers():
    text = told(row(HIGHER))
    assert "(1 pair, 1 metric), 1 came out higher and 0 lower; in 0 no difference was found" in text
    assert (
        f"Higher: {CAM} against {OFF}: balanced accuracy +.031 (95 % interval +.012 to +.050, adjusted p below .001)."
    ) in text
    assert "Lower:" not in text
    assert "Nearest" not in text


def test_metrics_of_one_pair_are_told_together():
    text = told(row(HIGHER), row(HIGHER, cell=CAM.replace("none_", "seg_")), row(HIGHER, metric="iou"))
    assert text.count(f"{CAM} against {OFF}:") == 1
    assert ", IoU +.031 (" in text


def test_a_worse_cell_is_told_with_its_numbers():
    text = told(row(LOWER))
    assert "0 came out higher and 1 lower" in text
    assert (
        f"Lower: {CAM} against {OFF}: balanced accuracy −.042 (95 % interval −.060 to −.021, adjusted p .012)." in text
    )
    assert "Higher:" not in text


def test_what_was_not_told_apart_is_told_with_interval_and_p_and_what_stays_open():
    text = told(row(NOT_TOLD_APART, metric="macro_f1", difference=0, low=-0.03, p_adjusted=1.0), row(NOT_TOLD_APART))
    assert "0 came out higher and 0 lower; in 2 no difference was found" in text
    assert f"not told apart is {CAM} against {OFF}: balanced accuracy +.004 (95 % interval −.013 to +.022" in text
    assert "adjusted p .620)" in text
    assert "reach from −.030 to +.022, and leave differences of such size open" in text


def test_a_difference_that_rounds_to_nothing_has_no_sign():
    text = told(row(NOT_TOLD_APART, difference=-0.0004, p_adjusted=1.0))
    assert "balanced accuracy .000 (95 % interval −.013 to +.022, adjusted p 1.000)" in text


def test_a_comparison_without_an_interval_is_counted():
    text = told(row(NOT_TOLD_APART), row(NOT_TOLD_APART, metric="kappa", low=np.nan, high=np.nan, p_adjusted=0.1))
    assert f"not told apart is {CAM} against {OFF}: balanced accuracy" in text
    assert "Without an interval, the metric being undefined on some draw of lesions: 1." in text


def test_without_shams_the_layer_stays_an_explanation():
    for outcome in VALUES:
        assert "may come from the layer that takes the CAMs in as well as from the CAMs" in told(row(outcome))


def against_shams(outcome, *of_shams):
    return told(
        row(outcome),
        row(NOT_TOLD_APART, SHAMS, ZEROS),
        *(row(one, CAMS_OVER_SHAMS, CAM, sham) for one, sham in zip(of_shams, (ZEROS, SHUFFLED), strict=False)),
    )


@pytest.mark.parametrize("outcome", [HIGHER, LOWER])
def test_what_holds_against_every_sham_is_not_the_layer_alone(outcome):
    text = against_shams(outcome, outcome, outcome)
    assert "Of the 1 told apart from networks without CAMs, 1 came out so against every sham" in text
    assert "may account for it" not in text


def test_what_does_not_hold_against_every_sham_may_be_the_layer():
    for of_shams in ([NOT_TOLD_APART], [HIGHER, NOT_TOLD_APART], [LOWER, HIGHER]):
        text = against_shams(HIGHER, *of_shams)
        assert "1 did not against every sham of the mask, so that the layer may account for it" in text
        assert "unlikely" not in text


def test_no_difference_has_nothing_for_shams_to_explain():
    assert "With no difference found, shams have none to explain." in against_shams(NOT_TOLD_APART, HIGHER)


def test_a_sham_of_another_mask_or_metric_says_nothing():
    text = told(row(HIGHER), row(HIGHER, CAMS_OVER_SHAMS, CAM, ZEROS, metric="kappa"))
    assert "1 had no sham of the mask to be compared with" in text


def test_one_seed_is_of_these_networks_and_several_of_new_trainings():
    assert "1,802 lesions (2,003 images)" in told(row(HIGHER))
    assert "say nothing of training them anew" in told(row(HIGHER))
    several = told(row(HIGHER, seeds=5))
    assert "of new trainings too, as far as 5 seeds tell" in several
    assert "say nothing of training" not in several


def test_each_question_is_answered_from_its_own_rows():
    lesion, symmetry = (OFF.replace("none_", "seg_"), OFF), ("seg", "none")
    predictions = pd.DataFrame(
        [row(LOWER, MASKS, *lesion), row(HIGHER, SYMMETRY_MASKS, *symmetry, seeds=5, lesions=500)]
    )
    localisation = pd.DataFrame([row(HIGHER, metric="iou"), row(NOT_TOLD_APART, MASKS, *lesion, metric="hit")])
    out = answers(predictions, localisation)
    assert list(out) == ["question 1", "question 2", "subquestion 1", "subquestion 2"]
    assert out["question 1"].endswith("nothing was compared.")
    assert f"Higher: {CAM} against {OFF}: IoU +.031" in out["question 2"]
    assert f"Lower: {lesion[0]} against {OFF}: balanced accuracy" in out["subquestion 1"]
    assert "Higher: seg against none: balanced accuracy" in out["subquestion 1"]
    assert "500 lesions (2,003 images) and 1,802 lesions" in out["subquestion 1"]
    assert "where there is one seed" in out["subquestion 1"]
    assert "pointing game score" in out["subquestion 2"]
