"""The page of the report: every value of the study's tables, side by side; nothing hostile, nothing from elsewhere."""

import csv
import dataclasses
import io
import re
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from html_pages import SECTIONS as STORY
from html_pages import page_of
from page_results import BOTH, WITH_SHAMS, results_of
from selcn.design.cells import CELLS
from selcn.design.datasets import DATASETS
from selcn.report.html.digest import HTML
from selcn.report.html.figures import figures
from selcn.report.html.numbered import numbered
from selcn.report.html.page import SECTIONS, render
from selcn.report.html.results import Search, read_csv
from selcn.report.html.sections.data import data
from selcn.report.html.sections.splits import splits
from selcn.report.tables.render import csv_text
from selcn.report.tables.specs import SPECS


@pytest.fixture(scope="module")
def results():
    return results_of(numbers=list(SPECS), cells=WITH_SHAMS)


@pytest.fixture(scope="module")
def html(results):
    return render(results)


@pytest.fixture(scope="module")
def page(html):
    return page_of(html)


def values_of(page) -> dict[tuple, str]:
    """Return what the page sorts each of our values by, by its table, part, protocol, model, class and metric."""
    keys = ("table", "part", "protocol", "cell", "class", "metric")
    cells = [element.attributes for element in page.all() if "data-metric" in element.attributes]
    return {
        tuple(cell[f"data-{key}"] for key in keys): cell["data-sort"] for cell in cells if "data-reference" not in cell
    }


def test_every_value_of_every_table_is_on_the_page_once(page, results):
    """Read from the tables' CSV by another reader than the page's."""
    shown, count = values_of(page), 0
    for (protocol, name), frame in results.tables.items():
        number = name.removeprefix("table-")
        if number not in SPECS:
            continue
        for row in csv.DictReader(io.StringIO(csv_text(frame))):
            value = shown[number, row["part"], protocol, row["cell"], row["class"], row["metric"]]
            assert float(value) == pytest.approx(float(row["ours_mean"]), rel=1e-5)
            count += 1
    assert count == sum(key[0] in SPECS for key in shown) > 2000


def test_a_row_has_ours_in_each_protocol_then_the_printed_value(page, results):
    key = {"data_table": "08b", "data_cell": CELLS[3], "data_metric": "macro_f1"}
    shown = [page.one("td", data_protocol=protocol, **key) for protocol in BOTH]
    row = next(row for row in page.all("tr") if shown[0] in row.children)
    place = row.children.index(shown[0])
    assert row.children[place + 1] is shown[1]
    of_protocol = [
        results.tables[protocol, "table-08b"].query("cell == @CELLS[3] and metric == 'macro_f1'").squeeze()
        for protocol in BOTH
    ]
    for cell, value in zip(shown, of_protocol, strict=True):
        difference = f"{abs(value['difference']):.3f}"
        sign = "+" if value["difference"] > 0 else "−"
        assert (
            cell.text.replace("★ (best)", "") == f"{value['ours_mean']:.3f}± {value['ours_sd']:.3f}Δ {sign}{difference}"
        )
    assert row.children[place + 2].text == f"{of_protocol[0]['thesis_mean']:.3f}± 0.010"


def test_the_best_of_a_column_is_marked_in_words_too_as_it_is_shown():
    results = results_of(cells=WITH_SHAMS, seed=2)
    frame = results.tables["thesis", "table-08b"]
    means = dict(zip(CELLS, [0.7, 0.8, 0.9001, 0.6, 0.9003, 0.1, 0.2, 0.3, 0.4, 0.5, 0.2, 0.1], strict=True))
    accuracy = frame["metric"] == "accuracy"
    frame.loc[accuracy, "ours_mean"] = frame["cell"].map(means).fillna(0.05)
    shown = page_of(render(results)).all("td", data_table="08b", data_protocol="thesis", data_metric="accuracy")
    marked = {cell.attributes["data-cell"]: cell.text for cell in shown if cell.has_class("best")}
    # 0.9001 and 0.9003 are both shown as 0.900.
    assert marked.keys() == {CELLS[2], CELLS[4]}
    assert all("★ (best)" in text for text in marked.values())


def test_oracle_controls_are_neither_marked_nor_named_as_the_highest_nor_linked_to_the_viewer():
    results = results_of(cells=[*CELLS, "cls-none_sym-oracle"])
    for protocol in ("thesis", "leakfree"):
        frame = results.tables[protocol, "table-08b"]
        frame.loc[frame["cell"] == "cls-none_sym-oracle", "ours_mean"] = 0.999
    page = page_of(render(results))
    cells = [cell for cell in page.all("td", data_table="08b") if cell.attributes["data-cell"] == "cls-none_sym-oracle"]
    assert cells
    assert not any(cell.has_class("best") or list(cell.all("a")) for cell in cells)
    introduction = next(page.one(id="cells").all("p")).text
    assert "oracle" not in introduction


def test_a_figure_that_is_the_same_in_every_protocol_names_none(results):
    links = {"thesis/figures/figure-05.png": "files/thesis/figures/figure-05.webp"}
    changed = dataclasses.replace(results, figures={("thesis", "figure-05"): ""}, links=links)
    (shown,) = figures(changed, "figure-05")
    assert [protocol for protocol, *_ in shown.pictures] == [""]


def test_the_figure_of_near_duplicates_is_left_out_without_any(results):
    def shown(pairs: pd.DataFrame) -> list[str]:
        figured = {("", "near-duplicates"): "<svg></svg>"}
        return [figure.name for figure in splits(dataclasses.replace(results, pairs=pairs, figures=figured))["figures"]]

    pair = {"dataset_a": ["ham10000"], "image_a": ["a"], "dataset_b": ["isic2019"], "image_b": ["b"], "reason": "copy"}
    assert shown(pd.DataFrame(pair)) == ["near-duplicates"]
    assert shown(pd.DataFrame(pair).iloc[:0]) == []


def test_a_figure_has_its_protocols_in_order_and_each_links_to_its_file(results):
    found = {(protocol, "figure-06"): f"<svg>{protocol}</svg>" for protocol in BOTH}
    links = {f"{protocol}/figures/figure-06.svg": f"files/{protocol}.svg" for protocol in BOTH}
    html = render(dataclasses.replace(results, figures=found, links=links))
    figure = page_of(html).one("figure", id="figure-06")
    assert [link.attributes["href"] for link in figure.all("a")] == [f"files/{protocol}.svg" for protocol in BOTH]
    assert [svg.text for svg in figure.all("svg")] == list(BOTH)


def test_downloads_name_each_protocol_once(results):
    links = {f"{protocol}/tables/audit.{kind}": f"{protocol}.{kind}" for protocol in BOTH for kind in ("csv", "md")}
    section = page_of(render(dataclasses.replace(results, links=links))).one(id="splits")
    (line,) = [part for part in section.all("p") if part.has_class("downloads")]
    assert " ".join(line.text.split()) == "Download: thesis (CSV, MD) · leakfree (CSV, MD)"


def test_hair_removal_has_a_row_for_each_data_set_and_the_lesions_of_each_protocol(results):
    section = data(results)
    grid = section["hair"]
    heads = [(column.protocol, column.label) for column in grid.columns]
    assert heads == [
        *(("", label) for label in ("Data set", "Images", "Replaced", "Most, in one image", "Images above 5 %")),
        *((protocol, label) for protocol in BOTH for label in ("In the lesion", "Outside")),
    ]
    assert [row[0].text for row in grid.rows] == list(DATASETS.values())
    assert [cell.text for cell in grid.rows[0][1:]] == [
        "200",
        "4.12 %",
        "31.00 %",
        "25.00 %",
        *["8.35 %", "2.50 %"] * 2,
    ]
    assert [cell.text for cell in grid.rows[-1][5:]] == ["–", "2.50 %"] * 2
    assert [protocol for protocol, _ in section["downloads"]] == list(BOTH)


def test_a_column_of_numbers_is_headed_as_its_cells_are_set(page):
    for table in page.all("table"):
        *_, head = next(table.all("thead")).all("tr")
        for row in next(table.all("tbody")).all("tr"):
            cells = [child for child in row.children if not isinstance(child, str)]
            names = list(head.all("th"))
            assert [name.has_class("number") for name in names] == [cell.has_class("number") for cell in cells]
    assert not [e for e in page.all() if '"' in e.attributes.get("class", "")]


def test_counts_and_scores_of_classes_are_not_marked(page):
    cells = [
        cell
        for cell in page.all("td")
        if cell.attributes.get("data-metric") in ("empty_cams", "support", "ece", "recall")
    ]
    assert cells
    assert not any(cell.has_class("best") for cell in cells)


def test_every_table_of_the_study_has_a_heading_a_caption_and_its_files(page):
    for number, spec in SPECS.items():
        block = page.one(id=f"table-{number}")
        assert spec.title in next(block.all("h3")).text
        assert all(next(table.all("caption")).text for table in block.all("table"))
        links = {link.attributes["href"] for link in block.all("a")}
        assert links == {
            f"files/{protocol}/tables/table-{number}.{kind}" for protocol in BOTH for kind in ("csv", "md")
        }


def test_notes_of_both_protocols_stand_once_and_others_name_theirs(page):
    notes = [item.text for item in page.one(id="table-08b").all("li")]
    assert notes == ["Of both.", "thesis: Of thesis alone.", "leakfree: Of leakfree alone."]


def test_the_sections_stand_in_the_order_of_the_story(page):
    sections = [section.attributes["id"] for section in page.all("section")]
    assert sections == STORY
    assert [link.attributes["href"] for link in page.one("nav").all("a")] == [f"#{name}" for name in sections]
    levels = [int(element.tag[1]) for element in page.all() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(page):
    ids = [element.attributes["id"] for element in page.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {link.attributes["href"][1:] for link in page.all("a") if link.attributes["href"].startswith("#")} <= set(
        ids
    )


def test_nothing_is_loaded_from_elsewhere_or_by_an_absolute_path(page, html):
    for element in page.all():
        for name in {"src", "href", "action", "srcset", "data"} & element.attributes.keys():
            assert re.match(r"(#|files/|data:)", element.attributes[name]), element.attributes[name]
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in page.one("meta", http_equiv="Content-Security-Policy").attributes["content"]


@pytest.mark.parametrize("protocol", BOTH)
def test_a_study_of_one_protocol_has_its_values_and_the_printed_ones(protocol):
    page = page_of(render(results_of(protocols=[protocol])))
    assert {key[2] for key in values_of(page)} == {protocol}
    heads = [row.text for row in next(page.one(id="table-08b").all("thead")).all("tr")]
    assert "printed" in heads[1]
    assert heads[1].count(protocol) == 5


def test_a_failed_cell_says_so_and_an_absent_value_is_a_dash():
    results = results_of()
    frame = results.tables["thesis", "table-08b"]
    frame.loc[frame["cell"].isin(CELLS[:2]), ["ours_mean", "ours_sd", "difference"]] = np.nan
    failed = {("thesis", "table-08b"): {CELLS[0]: "seed 42, fold 0: the loss is not finite"}}
    page = page_of(render(results_of(tables=results.tables, failed=failed)))
    rows = list(next(page.one(id="table-08b").all("tbody")).all("tr"))
    assert [[cell.text for cell in rows[place].children][3] for place in (0, 1)] == ["failed", "–"]
    assert ("08b", "test", "thesis", CELLS[0], "", "accuracy") not in values_of(page)


def test_a_table_that_the_thesis_does_not_have_has_no_printed_values(page):
    for number in ("backbones", "malignancy", "measures", "unfamiliar"):
        assert not any("printed" in head.text for head in page.one(id=f"table-{number}").all("thead"))


def test_hostile_names_and_texts_stay_text():
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    results = results_of()
    rejected = pd.DataFrame({"image_id": [bad], "path": ["x"], "reason": [bad]})
    texts = {
        key: text.replace("Of both.", f"{bad} [go](javascript:alert(1))").replace("By .012", bad)
        for key, text in results.texts.items()
    }
    frame = results.tables["thesis", "subgroups"]
    frame.loc[0, "subgroup"] = '" onclick="alert(1)' + bad
    html = render(results_of(tables=results.tables, texts=texts, rejected=dict.fromkeys(results.rejected, rejected)))
    page = page_of(html)
    assert len(list(page.all("script"))) == 1
    assert not any(name.startswith("on") for element in page.all() for name in element.attributes)
    assert not any("javascript:" in element.attributes.get("href", "") for element in page.all("a"))
    assert html.count("&lt;script&gt;alert(1)") > 10


def test_the_demo_is_marked_at_the_top_and_a_real_study_is_not(html):
    demo = page_of(render(results_of(demo=True)))
    assert "all images are synthetic" in demo.one("header").text
    assert "mean nothing" in demo.one("header").text
    assert "synthetic" not in page_of(html).one("header").text
    assert all("not a medical device" in page.one("header").text for page in (demo, page_of(html)))


def test_a_figure_that_shows_images_is_left_out_with_a_sentence_where_photographs_may_not_be_shown():
    results = results_of()
    links = {path: link for path, link in results.links.items() if "near-duplicates" not in path}
    page = page_of(render(results_of(links=links)))
    sources = {image.attributes["src"] for image in page.all("img")}
    assert sources == {f"files/{protocol}/figures/figure-10.webp" for protocol in BOTH}
    assert "Near-duplicates is left out" in page.one(id="splits").text


def test_a_figure_in_svg_stands_in_the_page_itself(page):
    assert len(list(page.one(id="figure-06").all("svg"))) == 2
    # It may be scrolled on a phone.
    assert len(list(page.one(id="figure-06").all("div", class_="chart", tabindex="0"))) == 2
    assert not list(page.one(id="figure-06").all("img"))


def test_accuracies_link_to_the_confusion_matrices_that_there_are():
    galleries = {"matrices": [{"name": "matrices/leakfree-ham10000-test"}]}
    results = results_of(galleries=galleries)
    cells = [cell for row in numbered(results, "08b").parts[0].grid.rows for cell in row if cell.href]
    assert {cell.data["protocol"] for cell in cells} == {"leakfree"}
    assert {cell.data["metric"] for cell in cells} == {"accuracy"}
    assert cells[0].href == f"#matrix=leakfree-ham10000-test/{CELLS[0]}/mean"


def test_a_search_s_best_trial_is_marked():
    trials = pd.DataFrame(
        {
            "number": [0, 1],
            "state": ["complete", "pruned"],
            "value": [0.5, np.nan],
            "epochs": [3, 1],
            "worker": [0, 0],
            "batch_size": [16, 32],
            "weighted_loss": [True, False],
        }
    )
    searches = {("leakfree", "symmetry/none"): Search(trials, {"batch_size": 0.75, "weighted_loss": 0.25})}
    page = page_of(render(results_of(searches=searches)))
    text = page.one(id="symmetry").text
    assert "symmetry/none, leakfree (2 trials, 1 pruned)" in text
    assert "batch size 75 %, weighted loss 25 %" in text
    assert "0.5000★" in text


def test_sections_of_the_code_are_those_of_the_templates():
    templates = {path.name.removesuffix(".html.j2") for path in (HTML / "templates" / "sections").iterdir()}
    assert templates == {"summary", *SECTIONS}


def test_only_empty_fields_are_missing(tmp_path):
    (tmp_path / "table.csv").write_text("cell,class,value\nnone,,0.5\nNA,nv,\n")
    frame = read_csv(tmp_path / "table.csv")
    assert frame["cell"].tolist() == ["none", "NA"]
    assert frame["class"].tolist() == ["", "nv"]
    assert np.isnan(frame["value"][1])


def test_ids_of_digits_stay_as_they_are(tmp_path):
    (tmp_path / "rejected.csv").write_text("image_id,path,reason\n0012,/data/0012.jpg,too small\n1e3,/data/1e3.jpg,x\n")
    assert read_csv(tmp_path / "rejected.csv")["image_id"].tolist() == ["0012", "1e3"]


def test_charts_stand_with_what_they_show():
    chart = SimpleNamespace(title="Accuracy", svg='<svg class="drawn"><title>Accuracy</title></svg>')
    places = {"table-08b/test": "cells", "comparisons/predictions/cams": "cells", "splits/ham10000": "splits"}
    page = page_of(render(results_of(charts={place: [chart] for place in places})))
    for section in ("cells", "splits"):
        drawn = list(page.one(id=section).all("svg", class_="drawn"))
        assert len(drawn) == list(places.values()).count(section)
