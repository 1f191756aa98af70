"""Answers state the outcome: higher, lower or no significant difference, each pair once, and what it holds for."""

import numpy as np
import pandas as pd

from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.sentences import answers

OFF, CAM, ZEROS, SHUFFLED = (f"cls-none_sym-{source}" for source in ("off", "none", "zeros", "shuffled"))
PAIR = "model 2 (no mask, CAMs: no mask) vs. model 1 (no mask, no CAMs)"
VALUES = {
    HIGHER: {"difference": 0.031, "low": 0.012, "high": 0.05, "p_adjusted": 0.0004},
    LOWER: {"difference": -0.042, "low": -0.06, "high": -0.021, "p_adjusted": 0.012},
    NOT_SIGNIFICANT: {"difference": 0.004, "low": -0.013, "high": 0.022, "p_adjusted": 0.62},
}
NEVER = ("prove", "no effect", "told apart", "insignificant")


def row(outcome, question=Question.CAMS, cell=CAM, reference=OFF, metric="balanced_accuracy", seeds=1, **others):
    fixed = {
        "testset": "ham10000",
        "images": 2003,
        "lesions": 1802,
        "seeds": seeds,
        "folds": 4,
        "alpha": 0.05,
        "p": 0.01,
    }
    names = {"question": question, "cell": cell, "reference": reference, "metric": metric, "outcome": outcome}
    return {**names, **VALUES[outcome], **fixed, **others}


def answer(*rows):
    """The answer to question 1 from such a table."""
    table = pd.DataFrame(rows)
    paragraphs = answers(table, table.iloc[:0], [], {})
    assert not any(word in text for text in paragraphs.values() for word in NEVER)
    return paragraphs["question 1"]


def lines_of(text, *cells):
    """The lines of its tables that begin with such cells."""
    lines = (" ".join(line.split()) for line in text.splitlines() if line.startswith("|"))
    return [line for line in lines if line.startswith(f"| {' | '.join(cells)} |")]


def test_a_better_cell_is_reported_with_its_figures():
    text = answer(row(HIGHER))
    assert text.startswith(
        "**Lesion networks with symmetry CAMs vs. networks without CAMs (same mask): significantly higher in 1 of 1 "
        "comparison (1 pair, 1 metric).** 1 of 1 pair differs significantly in at least one metric. "
        f"Largest difference: {PAIR}, balanced accuracy +.031 (95 % CI +.012 to +.050, adjusted p < .001)."
    )
    assert lines_of(text, CAM) == [
        f"| {CAM} | {OFF} | 1 of 1 | – | balanced accuracy +.031 | +.012 to +.050 | < .001 |"
    ]
    assert "Metrics: balanced accuracy. Significant: adjusted p below 0.05" in text
    assert "o significant difference" not in text


def test_a_pair_stands_in_the_table_once_with_its_largest_difference():
    larger = {"difference": 0.05, "low": 0.02, "high": 0.08}
    text = answer(
        row(HIGHER),
        row(HIGHER, metric="kappa", **larger),
        row(NOT_SIGNIFICANT, metric="macro_f1"),
        row(HIGHER, metric="x"),
    )
    assert lines_of(text, CAM) == [f"| {CAM} | {OFF} | 3 of 4 | – | kappa +.050 | +.020 to +.080 | < .001 |"]
    assert "significantly higher in 3 of 4 comparisons (1 pair, 4 metrics).**" in text
    assert "+.031" not in text
    assert "No significant difference: 1 of 4 comparisons." in text


def test_a_worse_cell_is_reported_with_its_figures():
    text = answer(row(LOWER))
    assert "significantly lower in 1 of 1 comparison (1 pair, 1 metric).**" in text
    assert lines_of(text, CAM) == [f"| {CAM} | {OFF} | – | 1 of 1 | balanced accuracy −.042 | −.060 to −.021 | .012 |"]


def test_a_cell_may_be_better_by_one_metric_and_worse_by_another():
    text = answer(row(HIGHER), row(LOWER, metric="accuracy"))
    assert "significantly higher in 1 and lower in 1 of 2 comparisons (1 pair, 2 metrics).**" in text
    assert lines_of(text, CAM) == [f"| {CAM} | {OFF} | 1 of 2 | 1 of 2 | accuracy −.042 | −.060 to −.021 | .012 |"]


def test_of_many_pairs_each_stands_in_the_table_once():
    cells = [f"cls-{mask}_sym-{source}" for mask in ("none", "seg", "lae") for source in ("none", "seg", "lae")]
    metrics = ("accuracy", "balanced_accuracy", "macro_f1", "kappa")
    rows = [row(HIGHER, cell=cell, reference=f"{cell[:8]}_sym-off", metric=name) for cell in cells for name in metrics]
    text = answer(*rows)
    assert "9 of 9 pairs differ significantly in at least one metric." in text
    assert [len(lines_of(text, cell)) for cell in cells] == [1] * 9
    assert text.split("\n\n")[0].count("adjusted p") == 1


def test_sham_controls_that_a_cell_differs_from_are_named():
    text = answer(*(row(HIGHER, Question.CAMS_OVER_SHAMS, CAM, sham) for sham in (ZEROS, SHUFFLED)))
    assert "**Lesion networks with symmetry CAMs vs. sham controls (same mask): significantly higher in 2 of 2" in text
    for sham in (ZEROS, SHUFFLED):
        assert len(lines_of(text, CAM, sham)) == 1


def test_without_a_significant_difference_interval_and_p_say_what_is_not_ruled_out():
    text = answer(
        row(NOT_SIGNIFICANT, metric="macro_f1", difference=0, low=-0.03, p_adjusted=1.0), row(NOT_SIGNIFICANT)
    )
    assert "(same mask): no significant difference in 2 comparisons (1 pair, 2 metrics).** Their 95 % CIs reach" in text
    assert "reach from −.030 to +.022" in text
    assert "differences up to this size are not ruled out." in text
    assert (
        f"Closest to significance: {PAIR}, balanced accuracy +.004 (95 % CI −.013 to +.022, adjusted p .620)."
    ) in text
    assert "|" not in text


def test_the_smallest_difference_that_is_found_is_that_of_the_widest_interval_of_each_metric():
    text = answer(
        row(NOT_SIGNIFICANT, metric="kappa", low=-0.01, high=0.01),
        row(NOT_SIGNIFICANT, metric="kappa", cell=ZEROS, low=-0.02, high=0.02),
        row(NOT_SIGNIFICANT, metric="macro_f1", low=0.01, high=0.02),
        row(NOT_SIGNIFICANT, metric="x", low=np.nan, high=np.nan),
        row(HIGHER, metric="macro_f1", low=0.1, high=0.9),
    )
    # By hand: half the interval / 1.960 x (2.576 + .842), the normal quantiles of .975, of 1 - .05/5/2 and of .8.
    assert "with a power of 80 % after correction: kappa .035 and macro F1 .009." in text


def test_of_equal_adjusted_p_the_lower_p_is_closest_to_significance():
    first, second = (row(NOT_SIGNIFICANT, metric=name, p_adjusted=1.0) for name in ("accuracy", "kappa"))
    assert f"Closest to significance: {PAIR}, kappa" in answer({**first, "p": 0.4}, {**second, "p": 0.2})


def test_a_difference_that_rounds_to_nothing_has_no_sign():
    text = answer(row(NOT_SIGNIFICANT, difference=-0.0004, p_adjusted=1.0))
    assert "balanced accuracy .000 (95 % CI −.013 to +.022, adjusted p 1.000)" in text


def test_a_comparison_without_an_interval_is_counted():
    text = answer(row(NOT_SIGNIFICANT), row(NOT_SIGNIFICANT, metric="kappa", low=np.nan, high=np.nan, p_adjusted=0.1))
    assert f"Closest to significance: {PAIR}, balanced accuracy" in text
    assert "1 has no CI, because the metric is undefined on some resample of the lesions." in text


def test_one_seed_holds_for_these_networks_and_several_for_retraining_the_lesion_network_alone():
    assert "1,802 of HAM10000 (2,003 images)" in answer(row(HIGHER))
    assert "say nothing about retraining" in answer(row(HIGHER))
    several = answer(row(HIGHER, seeds=5))
    assert (
        "They also account for retraining the lesion network with the same splits, masks and symmetry networks, as far "
        "as 5 seeds can tell."
    ) in several
    assert "say nothing about retraining" not in several


def test_localisation_holds_for_one_network_of_each_cell():
    table = pd.DataFrame([row(HIGHER, metric="iou")])
    text = answers(table.iloc[:0], table, [], {})["question 2"]
    assert "They hold for one network of each cell (the best fold, of the first seed where there are several)" in text


def test_each_question_is_answered_from_its_own_rows():
    lesion, symmetry = (OFF.replace("none_", "seg_"), OFF), ("seg", "none")
    in_symderm = {"seeds": 5, "testset": "symderm", "lesions": 500}
    predictions = pd.DataFrame(
        [row(LOWER, Question.MASKS, *lesion), row(HIGHER, Question.SYMMETRY_MASKS, *symmetry, **in_symderm)]
    )
    hit = row(NOT_SIGNIFICANT, Question.MASKS, *lesion, metric="hit")
    out = answers(predictions, pd.DataFrame([row(HIGHER, metric="iou"), hit]), [], {})
    assert list(out) == ["question 1", "question 2", "subquestion 1", "subquestion 2"]
    assert out["question 1"] == "Nothing was compared."
    assert lines_of(out["question 2"], CAM, OFF, "1 of 1", "–", "IoU +.031")
    assert lines_of(out["subquestion 1"], *lesion, "–", "1 of 1", "balanced accuracy −.042")
    assert lines_of(out["subquestion 1"], *symmetry, "1 of 1", "–", "balanced accuracy +.031")
    assert "500 of SymDerm v2.0 (2,003 images) and 1,802 of HAM10000" in out["subquestion 1"]
    assert "For pairs with one seed they hold for these trained networks only" in out["subquestion 1"]
    assert "Metrics: pointing game." in out["subquestion 2"]
