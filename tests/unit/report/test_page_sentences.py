"""What the page says in sentences: introductions, leakage, answers and the run."""

import dataclasses

import pandas as pd
import pytest

from html_pages import page_of
from page_results import results_of
from selcn.design.cells import CELLS
from selcn.report.html.comparisons import families
from selcn.report.html.numbered import numbered
from selcn.report.html.page import render


@pytest.fixture(scope="module")
def results():
    return results_of(numbers=["10"])


@pytest.fixture(scope="module")
def page():
    return page_of(render(results_of()))


def test_models_with_the_same_highest_value_as_shown_are_all_named_in_the_introduction():
    results = results_of(cells=CELLS)
    for protocol, mean in (("thesis", 0.9), ("leakfree", 0.8)):
        frame = results.tables[protocol, "table-08b"]
        accuracy = frame["metric"] == "accuracy"
        frame.loc[accuracy, ["ours_mean", "thesis_mean"]] = 0.5
        high = [CELLS[2], CELLS[0]] if protocol == "thesis" else CELLS[:4]
        frame.loc[accuracy & frame["cell"].isin(high), "ours_mean"] = [
            mean + 0.0001 * place for place in range(len(high))
        ]
        frame.loc[accuracy & frame["cell"].isin([CELLS[1]]), "thesis_mean"] = 0.6
    words = page_of(render(results)).one(id="cells").text
    assert (
        "Highest accuracy on the test set: model 1 (no mask, no CAMs) and model 3 (no mask, CAMs: segmentation mask) "
        "with 0.900 in thesis, 4 models with 0.800 in leakfree; the highest that the thesis prints is 0.600, of "
    ) in " ".join(words.split())


def test_comparisons_are_counted_as_in_the_answers_without_the_share_of_empty_cams(results):
    table = results.tables["thesis", "comparisons"]
    empty = table[table["measured"] == "localisation"].assign(metric="empty_cam")
    tables = {**results.tables, ("thesis", "comparisons"): pd.concat([table, empty])}
    predictions, localisation = families(dataclasses.replace(results, tables=tables))
    assert predictions.counts == "significant: 4 of 4 in thesis, 4 of 4 in leakfree"
    assert localisation.counts == "significant, share of empty CAMs aside: 4 of 4 in thesis, 4 of 4 in leakfree"


def test_a_part_that_one_protocol_has_names_it(results):
    frame = results.tables["leakfree", "table-10"]
    tables = {**results.tables, ("leakfree", "table-10"): frame[frame["part"] != "isic2019_outside"]}
    counts = [part.counts for part in numbered(dataclasses.replace(results, tables=tables), "10").parts]
    assert counts[0] == "2,003 images, 4 networks in both protocols"
    assert "thesis: 2,003 images, 4 networks" in counts


def test_near_duplicates_that_an_id_reveals_too_are_told_apart(page):
    splits = page.one(id="splits")
    assert "3 pairs of images are near-duplicates, found by perceptual hashes; no image or lesion id reveals 1 of" in (
        splits.text
    )
    (table,) = (table for table in splits.all("table") if next(table.all("caption")).text == "Near-duplicates")
    rows = [[cell.text for cell in row.children] for row in list(table.all("tr"))[1:]]
    assert rows == [["HAM10000", "ISIC2019", "2", "1"], ["SymDerm v2.0", "SymDerm v2.0", "1", "0"]]


def test_what_leaked_is_said_in_words(page):
    cards = [card for card in page.one(id="splits").all("div") if card.has_class("card")]
    thesis, leakfree = (card.text for card in cards)
    assert "Leakage in 2 of 2 combinations" in thesis
    assert (
        "25.0 % 50 of 200 images of HAM10000 got their mask from a network that had been trained on the image itself, "
        "a near-duplicate or another image of the lesion."
    ) in thesis
    assert (
        "25.0 % 5 of 20 images of HAM10000's test set were classified by a network that had been trained on a "
        "near-duplicate or another image of the lesion."
    ) in thesis
    assert "Nothing leaked in 2 combinations" in leakfree


def test_answers_are_the_file_s_own_words_and_their_findings_stand_in_the_summary(page):
    for section in ("summary", "answers"):
        text = page.one(id=section).text
        assert text.count("Networks with CAMs: higher in 1 of 4.") == 4
        assert "By .012." in text
    answers = page.one(id="answers")
    assert "Metrics: accuracy." in answers.text
    assert len(list(answers.all("table"))) == 4
    assert "A remark." in answers.text


def test_an_answer_without_a_finding_stands_as_it_is():
    results = results_of()
    nothing = "# A\n\nRead.\n\n## Question 1\n\n> Why?\n\nNothing was compared. All failed.\n"
    texts = {key: nothing if key[1] == "answers" else text for key, text in results.texts.items()}
    page = page_of(render(results_of(texts=texts)))
    assert page.one(id="summary").text.count("Nothing was compared. All failed.") == 2


RECORD = {
    "commit": "abc123",
    "started": "2026-01-01T00:00:00+00:00",
    "ended": "2026-01-02T00:00:00+00:00",
    "total": {
        "jobs": 3, "attempts": 4, "hours": 5.0, "processor_hours": 6.25, "gpu_hours": 0.0, "memory_mb": 700,
        "gpu_memory_mb": None,
    },
    "stages": [],
    "devices": {"CPU": 2},
    "hosts": 1,
    "versions": {"python": "3.11.7"},
    "versions_differ": {},
    "configuration": {"pack": {"size": 64}, "protocols": ["thesis", "leakfree"]},
    "differs": {"pack.size": {"default": 256, "value": 64}},
    "seeds": {"split.seed": 42},
    "data": {"ham10000": {"name": "HAM10000", "images": 6, "images_sha256": "ff00", "masks_sha256": None}},
    "repeat": ["git checkout abc123", "snakemake --profile profiles/local all"],
}  # fmt: skip


def test_the_run_says_what_it_used_and_how_to_repeat_it():
    page = page_of(render(results_of(run=RECORD, cards={"Model card": "# Model card\n\n## Use\n\nNone."})))
    section = page.one(id="run")
    assert "3 jobs took 6.2 processor hours" in section.text
    assert "Networks ran on CPU (2 attempts)." in section.text
    assert "from 2026-01-01, 00:00 UTC to 2026-01-02, 00:00 UTC, on 1 machine" in section.text
    assert section.one("pre").text == "git checkout abc123\nsnakemake --profile profiles/local all\n"
    rows = [[cell.text for cell in row.children if not isinstance(cell, str)] for row in section.all("tr")]
    assert ["pack.size", "256", "64"] in rows
    assert ["protocols", "thesis, leakfree"] in rows
    assert ["HAM10000", "6", "ff00", "–"] in rows
    assert ["All", "3", "4", "5.00", "6.25", "0.00", "700", "–"] in rows
    assert next(section.all("h4")).text == "Use"
    assert "no record of the run" in page_of(render(results_of())).one(id="run").text
