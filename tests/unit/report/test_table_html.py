"""Tables as HTML files: the values of the CSV, the text of the Markdown, sortable, in one file each."""

import io
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from html_tables import Page
from score_files import THESIS, by_model, lesion_file, rows_of, write
from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import HIGHER, NOT_SIGNIFICANT
from selcn.report.tables.blocks import MISSING, Block, Entry, Grid, as_markdown
from selcn.report.tables.build import Table, build_table
from selcn.report.tables.comparisons import comparison_blocks
from selcn.report.tables.html import as_html
from selcn.report.tables.models import CELLS
from selcn.report.tables.render import blocks_of, to_csv, to_markdown
from selcn.report.tables.subgroups import subgroup_blocks

REASON = "seed 1, fold 0: <b>loss</b> is not a number"
SHAM = "cls-none_sym-zeros"


def lesion_table(folder: Path, *remarks: str) -> Table:
    """Table 8b of the twelve cells and a sham control, the second of which failed."""
    means = np.random.default_rng(0).random(len(CELLS) + 1)
    files = [lesion_file(folder, cell, float(mean)) for cell, mean in zip((*CELLS, SHAM), means, strict=True)]
    write(files[1], {"failed": REASON})
    return build_table("08b", "leakfree", by_model(files), THESIS / "table-08b.csv", remarks=remarks)


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Table:
    return lesion_table(tmp_path_factory.mktemp("table"), "Mind <script>alert('x')</script> & **this**.")


@pytest.fixture(scope="module")
def page(table) -> Page:
    return Page(as_html(blocks_of(table)))


def number(text: str | None) -> float:
    return float(text) if text else math.nan


def said_by(blocks: list[Block]) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of all tables, heads included, in Markdown without emphasis and in HTML."""
    page = Page(as_html(blocks))
    html = []
    for head, rows in zip(page.heads, page.tables, strict=True):
        html += [head, *([cell.text for cell in row] for row in rows)]
    plain = [[re.sub(r"\*+", "", cell) for cell in row] for row in rows_of(as_markdown(blocks))]
    return plain, [[" ".join(cell.split()) for cell in row] for row in html]


def test_values_are_those_of_the_csv(table, page):
    csv = pd.read_csv(io.StringIO(to_csv(table)), keep_default_na=False, na_values=[""])
    cells = {
        (cell.attributes["data-cell"], cell.attributes["data-metric"]): cell
        for cell in page.cells
        if "data-cell" in cell.attributes
    }
    assert len(cells) == len(csv) == 13 * 5
    for row in csv.itertuples():
        cell = cells[row.cell, row.metric]
        assert number(cell.attributes["data-sort"]) == pytest.approx(row.ours_mean, rel=1e-5, nan_ok=True)
        assert number(cell.attributes["data-sort-alt"]) == pytest.approx(row.difference, rel=1e-5, nan_ok=True)
        assert (cell.attributes["data-protocol"], cell.attributes["data-part"]) == ("leakfree", "test")
        if not pd.isna(row.ours_mean):
            assert cell.text.strip().startswith(f"{row.ours_mean:.3f} ± {row.ours_sd:.3f}")
        if not pd.isna(row.thesis_mean):
            assert f"({row.thesis_mean:.3f} ± {row.thesis_sd:.3f}, " in cell.text


def test_a_failed_cell_is_named_and_sorted_last(page):
    failed = [cell for cell in page.cells if cell.attributes.get("data-cell") == CELLS[1]]
    assert [cell.attributes["data-sort"] for cell in failed] == [""] * 5
    assert all(cell.text.strip().startswith("failed") for cell in failed)
    # The script sorts empty keys last in tables of this class.
    assert all("n-last" in attributes["class"].split() for tag, attributes in page.tags if tag == "table")


def test_every_entry_says_what_it_says_in_markdown(table):
    markdown, html = said_by(blocks_of(table))
    assert len(html) == 14
    assert html == markdown


def test_title_text_and_notes_are_those_of_the_markdown(table, page):
    assert page.shown.strip().startswith(table.title)
    for note in table.notes[:-1]:
        assert note.replace("**", "") in page.shown
    assert f"<title>{table.title}</title>" in page.text
    assert to_markdown(table).startswith(f"# {table.title}\n")


def test_html_in_texts_is_shown_not_interpreted(page):
    assert "<script>alert('x')</script> & this." in page.shown
    assert "<b>loss</b>" in page.shown
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "b" not in {tag for tag, _ in page.tags}
    assert ("strong", {}) in page.tags


def test_html_in_entries_is_shown_not_interpreted():
    entry = Entry("<i>", aside='"<u>', value=1.0, keys={"cell": '"><img>'})
    page = Page(as_html(["# <s>", Grid(["<em>"], [[entry], ["<q>"]])]))
    assert {tag for tag, _ in page.tags}.isdisjoint({"i", "u", "img", "s", "em", "q"})
    assert [cell.text.split() for cell in page.cells] == [["<i>", '("<u>)'], ["<q>"]]
    assert page.cells[0].attributes["data-cell"] == '"><img>'


def test_a_file_needs_no_other_file_and_no_network(page):
    assert not [
        (tag, attributes) for tag, attributes in page.tags if {"src", "href", "srcset", "data"} & set(attributes)
    ]
    assert {tag for tag, _ in page.tags}.isdisjoint({"link", "img", "iframe", "object", "base"})
    assert not re.search(r"@import|url\(|https?:|fetch\(|XMLHttpRequest|import\(", page.text)
    assert page.text.count("addEventListener") > 1


def test_the_best_values_are_marked(page):
    best = [attributes["class"] for tag, attributes in page.tags if tag == "strong" and attributes]
    markdown_marks = {"best": 2 * 5, "of-all": 5}
    assert {name: best.count(name) for name in set(best)} == markdown_marks


def test_numbers_are_sorted_by_their_full_precision_and_missing_ones_last():
    entries = [Entry("< .001", value=0.000412), Entry("0.1%", value=0.001), MISSING, Entry("higher", "**"), "text"]
    cells = Page(as_html(["# Title", Grid(["p"], [[entry] for entry in entries])])).cells
    assert [cell.attributes.get("data-sort") for cell in cells] == ["0.000412", "0.001", "", None, None]


def test_tables_within_texts_are_sortable_by_the_numbers_that_entries_begin_with():
    entries = ["1,234", "−.012", "+.5 to .7", "< .001", "**85.2 %**", "3 of 4", "–", "zeros"]
    text = "Answer:\n\n| a |\n| --- |\n" + "\n".join(f"| {entry} |" for entry in entries)
    page = Page(as_html(["# Title", text]))
    keys = [number(cell.attributes.get("data-sort")) for cell in page.cells]
    np.testing.assert_equal(keys, [1234, -0.012, 0.5, 0.001, 85.2, 3, math.nan, math.nan])
    assert [attributes["class"] for tag, attributes in page.tags if tag == "table"] == ["sortable n-last"]


def test_comparisons_are_the_same_in_markdown_and_html_and_keep_their_numbers():
    row = {"measured": "predictions", "testset": "ham10000", "question": Question.CAMS, "cell": CELLS[1]}
    row |= {"reference": CELLS[0], "metric": "macro_f1", "cell_score": 0.81234, "reference_score": 0.7}
    row |= {"difference": 0.11234, "low": -0.01, "high": 0.2, "p": 0.000412, "p_adjusted": 0.0016, "alpha": 0.05}
    row |= {"outcome": HIGHER, "images": 1500, "lesions": 1000, "seeds": 1, "folds": 4}
    other = row | {"metric": "accuracy", "outcome": NOT_SIGNIFICANT, "low": np.nan, "high": np.nan, "images": 1499}
    blocks = comparison_blocks(pd.DataFrame([row, other]), "thesis", ["A trial."], demo=True)
    markdown, html = said_by(blocks)
    assert html == markdown
    assert html[1][-3:] == [".002", "higher", "1,500"]
    first, second = Page(as_html(blocks)).tables[0]
    keys = [cell.attributes.get("data-sort") for cell in first]
    assert keys == [None, None, None, "0.81234", "0.7", "0.11234", "-0.01", "0.000412", "0.0016", None, "1500"]
    assert second[6].attributes["data-sort"] == ""


def test_subgroups_are_the_same_in_markdown_and_html_and_keep_their_numbers():
    rows = [
        {"metric": metric, "value": value, "low": value - 0.1, "high": value + 0.1}
        for metric, value in (("accuracy", 0.81234), ("balanced_accuracy", 0.7), ("melanoma_auc", np.nan))
    ]
    shared = {"testset": "ham10000", "cell": CELLS[0], "networks": 4, "kind": "sex", "subgroup": "female"}
    table = pd.DataFrame(rows).assign(**shared, images=1500, lesions=1000)
    blocks = subgroup_blocks(table, "leakfree", [], demo=False)
    markdown, html = said_by(blocks)
    assert html == markdown
    assert html[1] == ["sex", "female", "1,500", "1,000", "0.812 (0.712 to 0.912)", "0.700 (0.600 to 0.800)", "–"]
    (row,) = Page(as_html(blocks)).tables[0]
    assert [cell.attributes.get("data-sort") for cell in row] == [None, None, "1500", "1000", "0.81234", "0.7", ""]
