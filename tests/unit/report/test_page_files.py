"""Files of the report: what is read for the page, its copies, and which charts are drawn."""

import cv2
import numpy as np
import pytest

from page_results import BOTH, results_of, values_table
from selcn.design.cells import CELLS
from selcn.report.html.charts import page_charts
from selcn.report.html.copies import copy_all
from selcn.report.html.markdown import blocks, by_heading, inline
from selcn.report.html.results import read_charts, read_script
from selcn.storage.artifacts import write_table
from selcn.storage.checksums import record


def test_a_png_figure_is_copied_as_webp_which_looks_the_same_and_other_files_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/thesis").mkdir(parents=True)
    image = np.full((60, 90, 3), 255, np.uint8)
    cv2.circle(image, (40, 30), 20, (10, 120, 200), -1)
    cv2.imwrite("results/thesis/a.png", image)
    (tmp_path / "results/thesis/b.csv").write_text("x\n1\n")
    copies = ["results/report/files/thesis/a.webp", "results/report/files/thesis/b.csv"]
    links = copy_all(["results/thesis/a.png", "results/thesis/b.csv"], copies, "results/report/files")
    assert links == {"thesis/a.png": "files/thesis/a.webp", "thesis/b.csv": "files/thesis/b.csv"}
    assert (tmp_path / copies[1]).read_text() == "x\n1\n"
    assert np.abs(cv2.imread(copies[0]).astype(int) - image).mean() < 3


def test_copies_of_a_former_configuration_are_removed_with_their_checksums(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    former = tmp_path / "results/report/files/thesis/figure-10.webp"
    former.parent.mkdir(parents=True)
    former.write_bytes(b"an image")
    record(former)
    (tmp_path / "results/thesis").mkdir(parents=True)
    (tmp_path / "results/thesis/b.csv").write_text("x\n1\n")
    copy_all(["results/thesis/b.csv"], ["results/report/files/thesis/b.csv"], "results/report/files")
    left = [path.name for path in (tmp_path / "results/report/files").rglob("*") if path.is_file()]
    assert left == ["b.csv"]


def test_comparisons_subgroups_splits_and_the_thesis_s_tables_are_drawn_and_further_parts_are_not(tmp_path):
    generator = np.random.default_rng(1)
    results = results_of()
    tables = {key: table for key, table in results.tables.items() if key[1] in ("comparisons", "audit")}
    tables |= {(protocol, "table-14"): values_table("14", CELLS[:2], generator) for protocol in BOTH}
    tables |= {(protocol, "table-measures"): values_table("measures", CELLS[:1], generator) for protocol in BOTH}
    one_split = {key: table for key, table in results.splits.items() if key[1] == "symderm"}
    write_table(page_charts(tables, one_split), tmp_path / "charts.parquet")
    charts = read_charts(tmp_path / "charts.parquet")
    assert {key: len(of_key) for key, of_key in charts.items()} == {
        "comparisons/predictions/cams": 2,
        "comparisons/localisation/cams": 2,
        "table-14/test": 5,
        "splits/symderm": 2,
    }
    assert all(chart.svg.startswith("<svg") for of_key in charts.values() for chart in of_key)


def test_the_value_of_a_script_file_is_read(tmp_path):
    (tmp_path / "galleries.js").write_text('selcn.add("galleries", {"a": ["(b, c)"]});\n')
    assert read_script(tmp_path / "galleries.js") == {"a": ["(b, c)"]}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**a** `b_c` < d", "<strong>a</strong> <code>b_c</code> &lt; d"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    ],
)
def test_markdown_of_one_line(text, html):
    assert inline(text) == html


def test_headings_are_lowered_and_tables_can_be_sorted_and_scrolled():
    html = blocks("## One\n\n| a |\n| - |\n| 1 |\n", 'a "name"', shift=3)
    assert "<h5>One</h5>" in html
    assert '<table class="sortable n-last">' in html
    assert 'aria-label="Table 1 of a &#34;name&#34;"' in html


def test_markdown_is_divided_at_its_second_headings():
    assert by_heading("# T\n\nFirst.\n\n## A\n\nOf a.\n\n### B\n\nOf b.\n") == {
        "": "First.",
        "A": "Of a.\n\n### B\n\nOf b.",
    }
