"""Snakemake's own report of the finished demo in Chromium: every table and figure is listed and opens."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from browsing import visit
from studies import PROJECT


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """The page of the report."""
    if not (PROJECT / "demo/results/thesis/tables/answers.html").exists():
        pytest.skip("demo/results is missing; run `make demo` first")
    folder = tmp_path_factory.mktemp("report")
    command = [sys.executable, "-m", "snakemake", "--profile", "profiles/demo", "--report", folder / "report.zip"]
    subprocess.run(command, check=True, cwd=PROJECT, env=os.environ | {"PWD": str(PROJECT)})
    with zipfile.ZipFile(folder / "report.zip") as report:
        report.extractall(folder)
    return folder / "report/report.html"


@pytest.fixture
def opened(chromium, page):
    """Playwright's page; in the end there was no error and no request elsewhere. Snakemake's page warns by itself."""
    with visit(chromium, page) as visited:
        visited.page.wait_for_function("window.app !== undefined || typeof app !== 'undefined'")
        yield visited.page
        assert [said for said in visited.complaints if not said.startswith("warning")] == []
        assert visited.foreign_requests() == []


def test_every_entry_of_every_list_opens(opened):
    lists = opened.evaluate("Object.entries(categories).flatMap(([c, s]) => Object.keys(s).map(n => [c, n]))")
    shown = set()
    for category, group in lists:
        view = {"navbarMode": "subcategory", "category": category, "subcategory": group}
        # A list stays as it is until another menu was shown.
        opened.evaluate("app.setView({navbarMode: 'menu'})")
        opened.evaluate("view => app.setView(view)", view)
        rows = opened.locator("table.w-full tbody tr")
        rows.first.wait_for()
        for number in range(rows.count()):
            rows.nth(number).locator("a").first.click()
            if group == "Tables":
                opened.frame_locator("iframe").locator("h1").wait_for()
            else:
                opened.wait_for_function(
                    "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
                )
            shown.add(opened.evaluate("app.state.resultPath"))
    files = set(opened.evaluate("Object.keys(results)"))
    # Of two protocols the first is shown until the other is chosen.
    assert {file for file in files if "/thesis/" not in file} == shown


def test_a_table_sorts_in_it_and_the_other_protocol_can_be_chosen(opened):
    opened.get_by_text("4. Lesion classification").click()
    opened.get_by_text("Tables", exact=True).click()
    opened.locator("tr", has_text="08b:").locator("a").first.click()
    table = opened.frame_locator("iframe")
    table.locator("th", has_text="Accuracy").click()
    best = table.locator("tbody tr").first.locator("td").nth(3)
    best.locator("strong.of-all").wait_for()
    assert best.get_attribute("data-protocol") == "leakfree"
    opened.get_by_text("thesis", exact=True).last.click()
    table.locator("td[data-protocol=thesis]").first.wait_for()


def test_the_description_is_seen_from_its_beginning(opened):
    title = opened.get_by_role("heading", name="does symmetry help to classify skin lesions")
    assert title.bounding_box()["y"] >= 0
