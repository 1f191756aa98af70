"""What the page says in sentences: introductions, leakage, answers and the run."""

import dataclasses

import pandas as pd
import pytest

from html_pages import page_of
from page_results import results_of
from selcn.design.cells import CELLS
from selcn.report.html.comparisons import families
from selcn.report.html.leakage import grids as leakage_grids
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
    assert (
        "3 pairs of images show one lesion: 2 by their hash as copies, 1 by local features, taken anew." in splits.text
    )
    assert "No image or lesion id reveals 1 of them." in splits.text
    (table,) = (table for table in splits.all("table") if next(table.all("caption")).text == "Near-duplicates")
    rows = [[cell.text for cell in row.children] for row in list(table.all("tr"))[1:]]
    assert rows == [["HAM10000", "ISIC2019", "2", "1"], ["SymDerm v2.0", "SymDerm v2.0", "1", "0"]]


def test_what_leaked_is_said_in_words(page):
    cards = [card for card in page.one(id="splits").all("div") if card.has_class("card")]
    thesis, leakfree = (card.text for card in cards)
    assert "Leakage in 2 of 2 applications of models to data sets." in thesis
    assert (
        "25.0 % 50 of 200 images of HAM10000 got their mask from a network that had been trained on the image itself, "
        "a near-duplicate or another image of the lesion."
    ) in thesis
    assert (
        "25.0 % 5 of 20 images of HAM10000's test set were classified by a network that had been trained on a "
        "near-duplicate or another image of the lesion."
    ) in thesis
    assert "Nothing leaked in 2 applications of models to data sets, as far as lesions are known." in leakfree


def test_the_audit_names_the_recall_of_the_search_for_images_of_one_lesion(page):
    splits = page.one(id="splits")
    assert (
        "the search finds 75.0 % (95 % CI 65.2 % to 83.8 %; 60 of 80 in HAM10000) where age, sex and site are known, "
        "and 60.0 % (95 % CI 50.0 % to 70.0 %) without them."
    ) in splits.text
    (table,) = (
        table for table in splits.all("table") if next(table.all("caption")).text.startswith("Images of one lesion")
    )
    rows = [[cell.text for cell in row.children] for row in list(table.all("tr"))[1:]]
    assert rows == [
        ["Known lesions", "HAM10000", "50", "80", "75.0 % (65.2 % to 83.8 %)", "90.0 % (82.0 % to 96.1 %)"],
        [
            "Known lesions, without patient data",
            "HAM10000",
            "50",
            "80",
            "60.0 % (50.0 % to 70.0 %)",
            "70.0 % (60.0 % to 79.0 %)",
        ],
        ["Changed images: turn", "HAM10000", "20", "20", "95.0 % (76.4 % to 99.1 %)", "100.0 % (83.9 % to 100.0 %)"],
    ]


def test_oracle_controls_are_left_out_of_what_leaked_and_the_page_says_so(page):
    results = results_of()
    audit = results.tables["leakfree", "audit"]
    oracle = audit[audit["artifact"] == "lesion prediction"].assign(
        artifact="oracle: oracle50, given the label", images_leaked=7, lesion=7
    )
    tables = {**results.tables, ("leakfree", "audit"): pd.concat([audit, oracle])}
    given = page_of(render(dataclasses.replace(results, tables=tables)))
    said = "Oracle controls are given the label by design and are left out of this claim."
    for section in ("splits", "summary"):
        assert said not in page.one(id=section).text
        assert given.one(id=section).text.count(said) == 1
    assert "Nothing leaked in 2 applications of models to data sets, as far as lesions" in given.one(id="splits").text
    captions = [caption.text for caption in given.one(id="splits").all("caption")]
    assert "Leakage audit. Oracle controls, given the label" in captions


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
    "commits": ["abc123"],
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
    assert "The report’s own jobs, which follow this record, are not counted." in section.text
    assert "set data.<data set>.folder in configuration.yaml" in section.text
    assert "from 2026-01-01, 00:00 UTC to 2026-01-02, 00:00 UTC, on 1 machine" in section.text
    assert section.one("pre").text == "git checkout abc123\nsnakemake --profile profiles/local all\n"
    rows = [[cell.text for cell in row.children if not isinstance(cell, str)] for row in section.all("tr")]
    assert ["pack.size", "256", "64"] in rows
    assert ["protocols", "thesis, leakfree"] in rows
    assert ["HAM10000", "6", "ff00", "–"] in rows
    assert ["All", "3", "4", "5.00", "6.25", "0.00", "700", "–"] in rows
    assert next(section.all("h4")).text == "Use"
    assert "no record of the run" in page_of(render(results_of())).one(id="run").text


def test_the_summary_says_how_the_study_differs_from_the_thesis():
    record = RECORD | {"configuration": {"remarks": ["Not the thesis's setting: the encoder is frozen."]}}
    page = page_of(render(results_of(run=record)))
    assert "Not the thesis's setting: the encoder is frozen." in page.one(id="summary").text


def test_the_network_that_makes_the_masks_is_named_for_each_protocol(page):
    assert (
        "masks and LAE boxes of all data sets: U-Net, ensemble in thesis; U-Net in leakfree (of each image, the "
        "network that had its lesion held out)."
    ) in page.one(id="segmentation").text


def test_images_of_validation_sets_are_counted_by_fold_and_in_all():
    results = results_of(numbers=["06a", "08a", "malignancy"])
    splits = dict(results.splits)
    assert numbered(results, "06a").parts[0].counts == "2 images per fold, 4 in all, 4 networks in both protocols"
    # As the thesis balances before it divides: two copies of an image in fold 0, three in fold 1.
    splits["thesis", "ham10000"] = pd.DataFrame(
        {"image_id": ["a", "a", "b", "b", "b", "c", "d"], "fold": [0, 0, 1, 1, 1, 1, -1], "validation": True}
    )
    changed = dataclasses.replace(results, splits=splits)
    assert numbered(changed, "08a").parts[0].counts == (
        "thesis: 2 to 4 rows per fold (copies of 3 images in all), 4 networks; leakfree: 2 images per fold, 4 in all, "
        "4 networks"
    )
    assert numbered(results, "malignancy").parts[0].counts == "2,003 images per fold, 4 networks in both protocols"


def test_applications_of_models_and_overlaps_of_test_sets_are_counted_apart():
    results = results_of(protocols=["thesis"])
    overlaps = [
        ("test set", "ham10000", "symderm", 20, 20, 5, 5, 0, 0),
        ("search", "symderm", "symderm", 9, 9, 0, 0, 0, 0),
    ]
    table = results.tables["thesis", "audit"]
    results.tables["thesis", "audit"] = pd.concat([table, pd.DataFrame(overlaps, columns=table.columns)])
    counts = (
        "2 of 2 applications of models to data sets and 1 of 2 comparisons of test sets with development sets and "
        "searches."
    )
    page = page_of(render(results))
    assert f"thesis: leakage in {counts}" in page.one(id="summary").text
    assert f"Leakage in {counts}" in page.one(id="splits").text


def test_the_audit_tells_uses_from_images_and_shared_images_from_leakage(page):
    tables = {next(table.all("caption")).text: table for table in page.one(id="splits").all("table")}
    rows = tables["Leakage audit. Models applied to images that they were trained on"]
    head, first = ([cell.text for cell in row.children] for row in list(rows.all("tr"))[1:3])
    assert head[3:10] == [
        f"thesis, {label}"
        for label in (
            *("Images", "With leakage", "Share", "Uses", "Uses: trained on the image"),
            *("Uses: on a near-duplicate", "Uses: on its lesion"),
        )
    ]
    assert first[3:10] == ["200", "50", "25.0 %", "200", "40", "4", "6"]
    shared = tables["Images of other data sets that are in HAM10000 too"]
    head, first = ([cell.text for cell in row.children] for row in shared.all("tr"))
    assert head == ["Images of", "Images", "Shared with HAM10000", "Share"]
    assert first == ["ISIC2019", "300", "200", "66.7 %"]


def test_where_patients_are_known_the_audit_has_a_column_of_uses_that_share_one():
    results = results_of()
    for protocol, shared in (("thesis", 7), ("leakfree", 0)):
        table = results.tables[protocol, "audit"]
        results.tables[protocol, "audit"] = table.assign(patient=[0, shared, 0])
    grids = {grid.caption: grid for grid in leakage_grids(results)}
    grid = grids["Leakage audit. Models applied to images that they were trained on"]
    columns = [k for k, column in enumerate(grid.columns) if column.label == "Uses: on another lesion of its patient"]
    assert [[row[k].text for k in columns] for row in grid.rows] == [["0", "0"], ["7", "0"]]


def test_the_summary_says_first_by_how_much_symmetry_cams_change_macro_f1_and_how_sure_that_is():
    results = results_of()
    fixed = {"measured": "predictions", "testset": "ham10000", "cell": CELLS[1], "metric": "macro_f1", "alpha": 0.05}
    without = {"question": "cams", "reference": CELLS[0], "difference": 0.0293, "low": -0.0052, "high": 0.0614}
    zeros = {"question": "cams_over_shams", "reference": "cls-none_sym-zeros", "difference": -0.0004, "low": -0.0031}
    sizes = {"images": 2003, "lesions": 1802, "seeds": 5, "folds": 4, "cell_score": 0.5, "reference_score": 0.4}
    rows = [
        {**fixed, **sizes, **without, "p_adjusted": 0.198, "outcome": "no significant difference"},
        {**fixed, **sizes, **zeros, "high": -0.0001, "p_adjusted": 0.0002, "outcome": "lower"},
        {**fixed, **sizes, **without, "measured": "localisation", "difference": 0.9, "outcome": "higher"},
    ]
    results.tables["leakfree", "comparisons"] = pd.DataFrame(rows)
    cards = [card.text for card in page_of(render(results)).one(id="summary").all("div") if card.has_class("card")]
    words = " ".join(cards[1].split())
    assert (
        "Macro F1 +.029 with symmetry CAMs: no significant difference (95 % CI −.005 to +.061, adjusted p .198; model "
        "2 − model 1, both without a mask). .000 compared with zeros in place of CAMs: significantly lower (95 % CI "
        "−.003 to .000, adjusted p < .001). HAM10000’s test set: 1,802 lesions, 5 seeds, 4 folds."
    ) in words
    assert "Macro F1" not in cards[0]


def test_the_run_tells_the_commit_of_the_results_from_that_of_the_report():
    def words(**commits):
        return " ".join(page_of(render(results_of(run=RECORD | commits))).one(id="run").text.split())

    assert "The results were made at commit abc123." in words()
    differ = words(commits=["87a7696"], commit="7035e8e")
    assert "The results were made at commit 87a7696; this report at 7035e8e." in differ
    assert "The commands check out the commit of the results, not that of this report." in differ
    several = words(commits=["87a7696", "9999999"])
    assert "The results were made at 2 commits. No single commit is sure to repeat all of them" in several
    assert "The workflow was at commit abc123." in words(commits=[])
