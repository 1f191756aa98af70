"""Doubtful labels in tables, in the figure and on the page."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from page_results import results_of
from selcn.evaluation.label_audit.ranking import COLUMNS
from selcn.report.figures.doubtful_labels import MOST, choose, draw
from selcn.report.html.labels import labels
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.label_audit import audit_blocks, evidence_counts
from selcn.report.tables.label_costs import cost_blocks, sentence

PARAMS = SimpleNamespace(demo=False, encoded=["ham10000"], neighbours=10)


def ranking(images: int = 8) -> pd.DataFrame:
    """Return a ranking of HAM10000, whose first half has evidence against it, and of one image of SymDerm."""
    ids = [f"i{k}" for k in range(images)]
    frame = pd.DataFrame({"rank": range(1, images + 1), "image_id": ids, "label": "akiec", "favoured": "bkl"})
    frame["evidence"] = ["data set; networks", *["networks"] * (images // 2 - 1), *[""] * (images - images // 2)]
    frame["shared_label"] = ["scc", *[""] * (images - 1)]
    frame["doubt"] = np.where(frame["evidence"] != "", 0.25, -0.25)
    known = {"networks": 4.0, "against": 0.75, "lesion_seen": 0.0, "neighbours_share": 0.9}
    frame = frame.assign(dataset="ham10000", appearance=1.0, appearance_of="fine", **known)
    other = {"dataset": "symderm", "rank": 1, "image_id": "s", "label": "symmetric", "favoured": "", "evidence": ""}
    both = pd.concat([frame, pd.DataFrame([other | {"shared_label": ""}])], ignore_index=True)
    return both.reindex(columns=["dataset", *COLUMNS])


def test_the_table_counts_evidence_and_lists_labels_in_their_order():
    text = as_markdown(audit_blocks(ranking(), "leakfree", PARAMS))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert ["HAM10000", "8", "8", "1", "0", "4", "0", "0"] in rows
    assert ["SymDerm v2.0", "1", "0", "0", "0", "–", "–", "0"] in rows
    assert ["HAM10000", "akiec", "scc", "by definition", "1"] in rows
    listed = [row[1] for row in rows if row[0].isdigit()]
    assert listed == ["i0", "i1", "i2", "i3"]
    assert "None of the 8 predicted images" in text


def test_networks_that_saw_the_lesion_are_named():
    seen = ranking().assign(lesion_seen=[0.5, 1, *[0.0] * 6, np.nan])
    assert "- 2 of the 8 predicted images" in as_markdown(audit_blocks(seen, "thesis", PARAMS))


def test_evidence_that_could_not_be_had_is_no_zero():
    counts = evidence_counts(ranking().assign(neighbours_share=np.nan))
    assert counts["networks"] == 4
    assert np.isnan(counts["neighbours"])


def costs_of(f1: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    rows = [
        (cell, metric, labels, value, value - values[0], 2003, 20)
        for cell, values in f1.items()
        for metric in ("accuracy", "balanced_accuracy", "macro_f1")
        for labels, value in zip(("published", "favoured", "left_out"), values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["cell", "metric", "labels", "value", "difference", "images", "worst"])


COSTS = costs_of({"cls-none_sym-off": (0.5, 0.51, 0.505), "cls-none_sym-none": (0.49, 0.52, 0.495)})


def test_the_sentence_has_the_range_over_cells_and_whether_the_best_changes():
    text = sentence(COSTS)
    assert "the 20 most doubtful of 2,003 test labels" in text
    assert "accuracy by +0.010 to +0.030 (left out +0.005)" in text
    assert text.endswith("The cell with the highest macro F1 would change.")
    assert sentence(COSTS[COSTS["cell"] == "cls-none_sym-off"]).endswith("would stay the same.")


def test_the_table_of_costs_names_the_labels_that_were_changed():
    worst = pd.DataFrame({"label": ["nv", "nv", "mel"], "favoured": ["mel", "mel", ""]})
    text = as_markdown(cost_blocks(COSTS, worst, "leakfree", demo=False))
    assert "The most doubtful labels: 2 nv to mel, 1 mel to none." in text
    assert "| 2   | no mask      | no mask        | 0.490    | +0.030   | +0.005   |" in text
    assert "every cell failed" in as_markdown(cost_blocks(COSTS[:0], worst, "leakfree", demo=False))


def drawn_labels(count: int) -> Figure:
    figure = Figure()
    ids = [f"i{k}" for k in range(20)]
    stack = np.stack([np.full((8, 8, 3), k, np.uint8) for k in range(20)])
    chosen = choose(ranking(count)) if count else {}
    draw(figure, chosen, {"ham10000": (ids, stack)})
    return figure


@pytest.mark.parametrize("count", [4, 20])
def test_the_figure_shows_the_first_labels_with_their_own_images(count):
    figure = drawn_labels(count)
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == [f"i{k}" for k in range(min(MOST, count // 2))]
    assert [int(axes.images[0].get_array()[0, 0, 0]) for axes in shown] == list(range(len(shown)))
    assert shown[0].get_xlabel() == "label: akiec\nfavoured: bkl (+0.25)\ndata set, networks"


def test_a_study_without_doubtful_labels_has_a_figure_that_says_so():
    assert "No evidence" in drawn_labels(0).get_supxlabel()


def test_the_page_lists_labels_with_links_to_their_images_and_costs_of_each_protocol():
    results = results_of(galleries={"sheets": {"ham10000": ["i0"]}})
    for protocol in results.protocols:
        listed = ranking(60)
        results.tables[protocol, "label-audit"] = listed[listed["evidence"] != ""]
        results.tables[protocol, "label-costs"] = COSTS
        results.texts[protocol, "label-audit"] = results.texts[protocol, "label-costs"] = "# Title\n\n- A note.\n"
    found = labels(results)
    assert [name for name, _, _ in found["lists"]] == ["HAM10000, thesis", "HAM10000, leakfree"]
    _, total, grid = found["lists"][0]
    assert (total, len(grid.rows)) == (30, 20)
    # Only images with a sheet can be shown.
    assert [row[1].href for row in grid.rows[:2]] == ["#image=ham10000/i0", ""]
    assert found["differing"] == ["1 akiec of HAM10000 that are scc elsewhere"]
    assert [name for name, _, _ in found["costs"]] == ["thesis", "leakfree"]
    values = [cell.text for cell in found["costs"][0][2].rows[1][3:6]]
    assert values == ["0.490", "+0.030", "+0.005"]


def test_a_page_without_a_ranking_has_no_such_part():
    results = results_of()
    for protocol in results.protocols:
        del results.tables[protocol, "label-audit"]
    assert labels(results) == {}
