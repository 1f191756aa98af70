"""Snakemake's own report has every table and figure, with a caption and labels that its page can show."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from marked_files import SHEET
from selcn.report.marks import CATEGORIES, TABLES
from studies import PROJECT


@pytest.fixture(scope="module")
def listed(tmp_path_factory) -> dict[str, list[dict]]:
    """The marks of every file of the demo's targets `tables` and `figures`, and of one sheet."""
    command = [sys.executable, PROJECT / "tests/marked_files.py", tmp_path_factory.mktemp("study")]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True, cwd=PROJECT).stdout)


@pytest.fixture(scope="module")
def marks(listed) -> dict[str, dict]:
    """The mark of each file that is shown."""
    return {file: found[0] for file, found in listed.items() if found}


def test_every_table_and_figure_is_in_the_report_once(listed):
    assert len(listed) > 100
    shown = {file for file in listed if not file.endswith(".md")}
    assert {file for file, found in listed.items() if len(found) == 1} == shown
    assert {file.removesuffix(".md") for file in listed if file.endswith(".md")} == {
        file.removesuffix(".html") for file in shown if file.endswith(".html")
    }


def test_every_caption_is_there_and_every_caption_is_used(marks):
    used = {Path(mark["caption"]).resolve() for mark in marks.values()}
    # The demo has no data sets of a user's own, and leaves no source out.
    others = {PROJECT / f"report/{name}.rst" for name in ("workflow", "external", "table-own", "sources")}
    assert used == set((PROJECT / "report").glob("*.rst")) - others


def test_labels_name_the_file_its_stage_and_its_protocol(marks):
    stages = {category: stage for stage, category in CATEGORIES.items()}
    for file, mark in marks.items():
        first, *rest = mark["labels"]
        assert first in ("table", "figure", "cell", "image"), file
        assert {"stage", "protocol"} <= set(rest), file
        assert mark["labels"]["stage"] == stages[mark["category"]], file
        assert mark["labels"]["protocol"] == (file.split("/")[1] if "/lesions/" not in file else "all"), file
        assert not any("{" in text or not text for text in [mark["subcategory"], *mark["labels"].values()]), file


def test_the_cell_is_named_where_a_file_is_of_one(marks):
    assert marks["results/thesis/tables/table-12.html"]["labels"]["cell"] == "cls-none_sym-seg"
    assert marks["results/leakfree/figures/figure-13.png"]["labels"]["cell"] == "cls-lae_sym-*"
    search = marks["results/leakfree/figures/search/lesion/cls-none_sym-off.png"]
    assert search["labels"]["cell"] == "lesion/cls-none_sym-off"
    assert marks[SHEET]["labels"]["image"] == "ham10000 ISIC_0024306"


def switches(labels: list[dict]) -> list[str]:
    """Return the labels that Snakemake's page (abstract_results.js) takes for switches in a list of files."""
    found = []
    for name in list(dict.fromkeys(name for each in labels for name in each))[1:]:
        counts = Counter(each[name] for each in labels if name in each)
        if len(counts) == 2 and set(counts.values()) == {len(labels) / 2}:
            found.append(name)
    return found


@pytest.mark.parametrize("protocols", [{"thesis", "leakfree"}, {"thesis"}, {"leakfree"}])
def test_the_page_switches_between_protocols_and_nothing_else(marks, protocols):
    """It fails where it takes a label for a switch and a file has no counterpart."""
    lists = defaultdict(list)
    for mark in marks.values():
        if mark["labels"]["protocol"] in {*protocols, "all"}:
            lists[mark["category"], mark["subcategory"]].append(mark["labels"])
    for where, labels in lists.items():
        expected = Counter(each["protocol"] for each in labels)
        assert switches(labels) == (["protocol"] if len(expected) == 2 else []), where
        names = Counter(next(iter(each.values())) for each in labels)
        assert set(names.values()) == {len(expected)}, where


def test_every_table_has_a_short_title(marks):
    names = {Path(file).stem.removeprefix("table-") for file in marks if file.endswith(".html")}
    assert names - {"detection"} == set(TABLES)


@pytest.mark.parametrize("path", sorted((PROJECT / "report").glob("*.rst")), ids=lambda path: path.stem)
@pytest.mark.parametrize("demo", [None, {"seed": 7}], ids=["real", "demo"])
def test_a_caption_is_text_with_its_placeholders_filled(path, demo):
    job = SimpleNamespace(
        wildcards={"protocol": "leakfree", "search": "lesion/x", "dataset": "ham10000", "image_id": "ISIC_1"},
        params={"demo": bool(demo), "settings": {"threshold": 0.5}, "cells": ["cls-none_sym-off"]},
        config={"demo": demo, "protocols": ["thesis", "leakfree"], "comparisons": {"alpha": 0.05}},
    )
    # As Snakemake's, but for placeholders that name nothing.
    reader = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    text = reader.from_string(path.read_text()).render(snakemake=job)
    html = publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["body"]
    assert "{" not in html
    assert ("synthetic" in html) == bool(demo)
    of_protocol = path.stem not in ("figure-05", "near-duplicates", "detection")
    assert ("leakfree" in html) == of_protocol
