"""Answers say what came out: better, worse or not told apart, each pair once, and what it speaks of."""

import numpy as np
import pandas as pd

from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.sentences import answers

OFF, CAM, ZEROS, SHUFFLED = (f"cls-none_sym-{source}" for source in ("off", "none", "zeros", "shuffled"))
VALUES = {
    HIGHER: {"difference": 0.031, "low": 0.012, "high": 0.05, "p_adjusted": 0.0004},
    LOWER: {"difference": -0.042, "low": -0.06, "high": -0.021, "p_adjusted": 0.012},
    NOT_SIGNIFICANT: {"difference": 0.004, "low": -0.013, "high": 0.022, "p_adjusted": 0.62},
}
BETTER = "95 % interval +.012 to +.050, adjusted p below .001"
NEVER = ("prove", "no effect", "significant")


def row(outcome, question=Question.CAMS, cell=CAM, reference=OFF, metric="balanced_accuracy", seeds=1, **others):
    fixed = {"testset": "ham10000", "images": 2003, "lesions": 1802, "seeds": seeds, "folds": 4, "alpha": 0.05}
    names = {"question": question, "cell": cell, "reference": reference, "metric": metric, "outcome": outcome}
    return {**names, **VALUES[outcome], **fixed, **others}


def told(*rows):
    """The answer to question 1 from such a table."""
    table = pd.DataFrame(rows)
    paragraphs = answers(table, table.iloc[:0])
    assert not any(word in text for text in paragraphs.values() for word in NEVER)
    return paragraphs["question 1"]


def test_a_better_cell_is_told_with_its_numbers():
    text = told(row(HIGHER))
    assert "Compared by balanced accuracy." in text
    assert "against those of the same mask without CAMs: 1 of 1 pair told apart by some metric." in text
    assert f"{CAM} is higher in 1 of 1 metric (most by balanced accuracy +.031, {BETTER})." in text
    assert "lower" not in text
    assert "no difference was found" not in text


def test_a_pair_is_told_once_with_its_largest_difference():
    larger = {"difference": 0.05, "low": 0.02, "high": 0.08}
    text = told(
        row(HIGHER),
        row(HIGHER, metric="kappa", **larger),
        row(NOT_SIGNIFICANT, metric="macro_f1"),
        row(HIGHER, metric="x"),
    )
    assert f"{CAM} is higher in 3 of 4 metrics (most by kappa +.050, 95 % interval +.020 to +.080, " in text
    assert "+.031" not in text
    assert "In 1 of 4 comparisons no difference was found." in text


def test_a_worse_cell_is_told_with_its_numbers():
    text = told(row(LOWER))
    assert f"{CAM} is lower in 1 of 1 metric (most by balanced accuracy −.042, 95 % interval −.060 to −.021, " in text
    assert "adjusted p .012)." in text
    assert "higher" not in text


def test_a_cell_may_be_better_by_one_metric_and_worse_by_another():
    text = told(row(HIGHER), row(LOWER, metric="accuracy"))
    assert f"{CAM} is higher in 1 and lower in 1 of 2 metrics (most by accuracy −.042, " in text


def test_of_many_pairs_each_is_named_once():
    cells = [f"cls-{mask}_sym-{source}" for mask in ("none", "seg", "lae") for source in ("none", "seg", "lae")]
    metrics = ("accuracy", "balanced_accuracy", "macro_f1", "kappa")
    rows = [row(HIGHER, cell=cell, reference=f"{cell[:8]}_sym-off", metric=name) for cell in cells for name in metrics]
    findings = told(*rows).split("\n\n")[1]
    assert "9 of 9 pairs told apart" in findings
    assert [findings.count(cell) for cell in cells] == [1] * 9
    assert findings.count("adjusted p") == 9


def test_shams_that_a_cell_was_told_apart_from_are_named_by_the_sham():
    text = told(*(row(HIGHER, Question.CAMS_OVER_SHAMS, CAM, sham) for sham in (ZEROS, SHUFFLED)))
    assert f"{CAM} is higher in 1 of 1 metric than with zeros (most by balanced accuracy +.031, {BETTER}); " in text
    assert "; higher in 1 of 1 metric than with shuffled (" in text


def test_what_was_not_told_apart_is_told_with_interval_and_p_and_what_stays_open():
    text = told(row(NOT_SIGNIFICANT, metric="macro_f1", difference=0, low=-0.03, p_adjusted=1.0), row(NOT_SIGNIFICANT))
    assert "none of 1 pair told apart. In 2 of 2 comparisons no difference was found." in text
    assert f"Nearest to one is {CAM} against {OFF} (balanced accuracy +.004, 95 % interval −.013 to +.022, " in text
    assert "adjusted p .620)" in text
    assert "reach from −.030 to +.022, and leave differences of such size open" in text


def test_a_difference_that_rounds_to_nothing_has_no_sign():
    text = told(row(NOT_SIGNIFICANT, difference=-0.0004, p_adjusted=1.0))
    assert "balanced accuracy .000, 95 % interval −.013 to +.022, adjusted p 1.000)" in text


def test_a_comparison_without_an_interval_is_counted():
    text = told(row(NOT_SIGNIFICANT), row(NOT_SIGNIFICANT, metric="kappa", low=np.nan, high=np.nan, p_adjusted=0.1))
    assert f"Nearest to one is {CAM} against {OFF} (balanced accuracy" in text
    assert "Without an interval, the metric being undefined on some draw of lesions: 1." in text


def test_one_seed_is_of_these_networks_and_several_of_new_trainings_of_the_lesion_network_alone():
    assert "1,802 of HAM10000 (2,003 images)" in told(row(HIGHER))
    assert "say nothing of training them anew" in told(row(HIGHER))
    several = told(row(HIGHER, seeds=5))
    assert (
        "of new trainings of the lesion network, given these splits, these masks and these symmetry networks, as far "
        "as 5 seeds tell"
    ) in several
    assert "say nothing of training" not in several


def test_maps_are_of_one_network_a_cell():
    table = pd.DataFrame([row(HIGHER, metric="iou")])
    text = answers(table.iloc[:0], table)["question 2"]
    assert "They are of one network a cell (the best fold, of the first seed where there are several)" in text


def test_each_question_is_answered_from_its_own_rows():
    lesion, symmetry = (OFF.replace("none_", "seg_"), OFF), ("seg", "none")
    predictions = pd.DataFrame(
        [
            row(LOWER, Question.MASKS, *lesion),
            row(HIGHER, Question.SYMMETRY_MASKS, *symmetry, seeds=5, testset="symderm", lesions=500),
        ]
    )
    localisation = pd.DataFrame(
        [row(HIGHER, metric="iou"), row(NOT_SIGNIFICANT, Question.MASKS, *lesion, metric="hit")]
    )
    out = answers(predictions, localisation)
    assert list(out) == ["question 1", "question 2", "subquestion 1", "subquestion 2"]
    assert out["question 1"] == "Nothing was compared."
    assert f"{CAM} is higher in 1 of 1 metric (most by IoU +.031" in out["question 2"]
    assert f"{lesion[0]} is lower in 1 of 1 metric (most by balanced accuracy" in out["subquestion 1"]
    assert "seg is higher in 1 of 1 metric (most by balanced accuracy" in out["subquestion 1"]
    assert "500 of SymDerm v2.0 (2,003 images) and 1,802 of HAM10000" in out["subquestion 1"]
    assert "Of pairs with one seed they are of these trained networks alone" in out["subquestion 1"]
    assert "Compared by pointing game score" in out["subquestion 2"]
