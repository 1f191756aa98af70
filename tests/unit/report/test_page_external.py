"""The page's section of external sets beyond the first: only where there are some, with every value of their tables."""

import csv
import dataclasses
import io
from itertools import product

import numpy as np
import pandas as pd
import pytest

from html_pages import page_of
from page_results import BOTH, comparisons, results_of
from selcn.design.cells import CELLS
from selcn.design.datasets import DATASETS
from selcn.report.html.page import render
from selcn.report.tables.columns import OUT_OF_DISTRIBUTION
from selcn.report.tables.external import CALIBRATION, COLUMNS
from selcn.report.tables.external import CLASSES as CLASSWISE
from selcn.report.tables.render import csv_text

SHOWN = CELLS[:2]


def metrics_table(generator: np.random.Generator) -> pd.DataFrame:
    """Return metrics of two cells, as external-<set>.csv has them."""
    keys = [
        *product(("all", "unseen"), SHOWN, [""], ["accuracy", *(metric.key for metric in CALIBRATION)]),
        *product(("all", "unseen"), SHOWN, ["mel", "nv"], [metric.key for metric in CLASSWISE]),
        *product(["unfamiliar"], SHOWN, [""], [metric.key for metric in OUT_OF_DISTRIBUTION]),
    ]
    frame = pd.DataFrame(keys, columns=["part", "cell", "class", "metric"])
    return frame.assign(mean=generator.random(len(frame)), sd=0.01, images=59, networks=4)[list(COLUMNS)]


def thresholds_table(generator: np.random.Generator) -> pd.DataFrame:
    keys = product(SHOWN, ["malignant", "melanoma"], [0.9, 0.95], ["sensitivity", "specificity"])
    frame = pd.DataFrame(keys, columns=["cell", "decision", "at", "metric"])
    drawn = {name: generator.random(len(frame)) for name in ("threshold", "validation", "value")}
    return frame.assign(**drawn, low=0.1, high=0.9, draws=50, images=20, lesions=19)


def subgroups_table(generator: np.random.Generator) -> pd.DataFrame:
    groups = [("all", "all"), ("skin_tone", "dark"), ("skin_tone", "very light"), ("skin_tone", "unknown")]
    keys = product(SHOWN, groups, ["accuracy", "melanoma_auc"])
    frame = pd.DataFrame([(cell, *group, metric) for cell, group, metric in keys])
    frame.columns = ["cell", "kind", "subgroup", "metric"]
    known = frame["subgroup"].isin(["dark", "very light"])
    gap = np.where(known, generator.normal(size=len(frame)), np.nan)
    frame = frame.assign(images=10, lesions=9, value=generator.random(len(frame)), low=0.1, high=0.9, draws=9)
    return frame.assign(others=np.where(known, 20, np.nan), gap=gap, gap_low=gap - 1, gap_high=gap + 1)


@pytest.fixture(scope="module")
def results():
    generator, found = np.random.default_rng(1), results_of()
    tables, texts = dict(found.tables), dict(found.texts)
    links = dict(found.links)
    for protocol in BOTH:
        compared = comparisons(generator)
        compared = compared[compared["measured"] == "predictions"].assign(testset="clinic", images=59, lesions=49)
        compared.loc[compared["metric"] == "kappa", "metric"] = "macro_f1"
        made = {
            "external": metrics_table(generator),
            "thresholds": thresholds_table(generator),
            "subgroups": subgroups_table(generator),
            "comparisons": compared,
        }
        tables |= {(protocol, f"{name}-clinic"): table for name, table in made.items()}
        texts |= {(protocol, f"{name}-clinic"): f"# T\n\n- Of both.\n- Of {protocol}.\n" for name in made}
        links |= {f"{protocol}/tables/{name}-clinic.csv": f"files/{protocol}/{name}.csv" for name in made}
    return dataclasses.replace(found, tables=tables, texts=texts, links=links)


@pytest.fixture(scope="module")
def page(results):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "clinic", "Our <clinic>")
        return page_of(render(results))


def test_without_further_external_sets_there_is_no_such_section():
    page = page_of(render(results_of()))
    assert "others" not in [section.attributes["id"] for section in page.all("section")]
    assert "#external" not in [link.attributes["href"] for link in page.all("a")]


def test_it_follows_the_first_external_set_and_names_the_data_set(page):
    sections = [section.attributes["id"] for section in page.all("section")]
    assert sections[sections.index("isic2019") + 1] == "others"
    assert page.one("h3", id="external-clinic").text == "Our <clinic>"


def test_the_headline_has_both_scores_and_their_difference_with_its_interval(page, results):
    (line, _) = [item.text for item in next(page.one(id="others").all("ul")).all("li")]
    table = results.tables["thesis", "comparisons-clinic"]
    row = table[(table["metric"] == "macro_f1") & (table["cell"] == CELLS[1])].iloc[0]
    change = ("+" if row["difference"] > 0 else "−") + f"{abs(row['difference']):.3f}".removeprefix("0")
    assert f"thesis: macro F1 0.600 with symmetry CAMs, 0.500 without: {change}, significantly higher" in line
    assert "(95 % CI" in line
    assert "unseen images, 49 lesions, 1 seed, 4 folds" in line


def test_every_value_of_the_tables_is_there_once(page, results):
    keys = ("table", "part", "protocol", "cell", "class", "metric")
    cells = [e.attributes for e in page.one(id="others").all("td") if "data-metric" in e.attributes]
    shown = {tuple(cell[f"data-{key}"] for key in keys): float(cell["data-sort"]) for cell in cells}
    expected: dict[tuple, str] = {}
    for (protocol, name), frame in results.tables.items():
        for row in csv.DictReader(io.StringIO(csv_text(frame))) if name.endswith("-clinic") else ():
            key = (name, protocol, row["cell"])
            if name == "external-clinic" and (not row["class"] or row["part"] == "unseen"):
                expected[name, row["part"], protocol, row["cell"], row["class"], row["metric"]] = row["mean"]
            elif name == "thresholds-clinic":
                part = f"{row['decision']}-{float(row['at']):g}"
                for where, column in (("validation", "validation"), ("external", "value")):
                    expected[name, part, *key[1:], "", f"{row['metric']}-{where}"] = row[column]
            elif name == "subgroups-clinic":
                group = f"{row['kind']}: {row['subgroup']}"
                for part in ("value", "gap"):
                    if row[part]:
                        expected[name, part, *key[1:], group, row["metric"]] = row[part]
            elif name == "comparisons-clinic":
                part = f"{row['measured']}-{row['question']}"
                expected[name, part, *key[1:], "", row["metric"]] = row["difference"]
    assert shown == {key: pytest.approx(float(value), rel=1e-5) for key, value in expected.items()}
    assert len(expected) > 150


def test_skin_tones_stand_from_light_to_dark_named_an_estimate(page):
    section = page.one(id="others")
    (table,) = [t for t in section.all("table") if next(t.all("caption")).text == f"Subgroups: {CELLS[0]}"]
    rows = [[cell.text for cell in row.children[:2]] for row in next(table.all("tbody")).all("tr")]
    assert rows == [["all", "all"], *(["skin tone (estimated)", name] for name in ("very light", "dark", "unknown"))]
    assert "An estimate and no measurement" in section.text


def test_every_table_has_its_files_and_the_notes_stand_once(page):
    section = page.one(id="others")
    links = {link.attributes["href"] for link in section.all("a") if "download" in link.attributes}
    names = ("external", "thresholds", "subgroups", "comparisons")
    assert links == {f"files/{protocol}/{name}.csv" for protocol in BOTH for name in names}
    notes = [item.text for block in section.all("ul", class_="notes") for item in block.all("li")]
    assert notes == ["Of both.", "thesis: Of thesis.", "leakfree: Of leakfree."]


def test_a_set_of_which_nothing_is_known_has_its_section_too(results):
    empty = {key: table.iloc[:0] if key[1].endswith("-clinic") else table for key, table in results.tables.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "clinic", "Our clinic")
        page = page_of(render(dataclasses.replace(results, tables=empty)))
    assert "no comparison: a network failed, or every lesion was trained on" in page.one(id="others").text
