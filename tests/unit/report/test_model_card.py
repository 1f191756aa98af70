"""The model card shows exactly the values of the tables, read here with the csv module alone."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from jobs import run_script
from score_files import rows_of
from selcn.design.cells import CELLS
from selcn.design.datasets import DATASETS, ROLES, tell_datasets
from selcn.report.run.model_card import leakage, parts_of_card, performance, subgroups, weights_of
from studies import PROJECT

TABLES = PROJECT / "docs/results/controls"
MODEL_TABLES = (
    *(f"table-{number}" for number in ("05", "06b", "08b", "09", "10", "14", "measures")),
    "subgroups",
    "comparisons",
    "audit",
)
SHAMS = [f"cls-none_sym-{source}" for source in ("zeros", "shuffled", "gaussian", "mask", "malignancy")]
EVALUATED = [
    *(("symderm", model) for model in ("scratch-none", "none", "seg", "lae", "malignancy")),
    *(("ham10000", cell) for cell in (*CELLS, *SHAMS)),
    *(("isic2016", cell) for cell in CELLS),
]
CONFIGURATION = {
    "remarks": ["A remark of this study."],
    "weights": {"resnet34": "hub", "b4": "data/weights/b4.pt", "unused": "hub"},
    "segmentation": {
        "architectures": ["unet"],
        "encoder": "resnet34",
        "weights": "resnet34",
        "input": {"size": 96},
    },
    "symmetry": {"backbone": "auto", "backbones": ["resnet34"], "folds": 3, "input": {"size": 96}},
    "lesion": {"encoder": "b4", "freeze_encoder": True, "folds": 4, "seeds": [1, 2], "input": {"size": 128}},
}


def table(protocol: str, name: str) -> list[dict]:
    with open(TABLES / protocol / "tables" / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def write_card(folder: Path, protocols: list[str], failed: dict[tuple[str, str, str], str], demo: bool = False) -> str:
    """Write the card of the published tables through the rule's script, and return it."""
    run = {
        "demo": demo,
        "protocols": protocols,
        "configuration": CONFIGURATION,
        "ended": "2026-11-27T10:00:00+00:00",
        "commit": "abc123",
        "commits": ["87a7696"],
        "versions": {"torch": "2.14.1"},
        "versions_differ": {"device": ["CPU", "NVIDIA H200"]},
    }
    (folder / "run.json").write_text(json.dumps(run))
    evaluated = [(protocol, *model) for protocol in protocols for model in EVALUATED]
    metrics = []
    for key in evaluated:
        path = folder / "metrics" / "-".join(key)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"failed": failed[key]} if key in failed else {}))
        metrics.append(str(path))
    shown = [(protocol, name) for protocol in protocols for name in MODEL_TABLES]
    run_script(
        "describe_models",
        folder,
        {
            "run": str(folder / "run.json"),
            "tables": [str(TABLES / protocol / "tables" / f"{name}.csv") for protocol, name in shown],
            "metrics": metrics,
            "template": str(PROJECT / "workflow_scripts/selcn/report/run/templates/model-card.md.j2"),
            "citation": str(PROJECT / "CITATION.cff"),
        },
        {"card": str(folder / "card.md")},
        {"cells": [*CELLS, *SHAMS], "tables": shown, "evaluated": evaluated},
    )
    return (folder / "card.md").read_text()


def section(card: str, title: str, protocol: str) -> str:
    """Return what stands below a heading of one protocol, up to the next."""
    (rest,) = card.split(f"#### {title}, `{protocol}`\n")[1:]
    return rest.split("\n#")[0]


@pytest.fixture(scope="module")
def card(tmp_path_factory) -> str:
    return write_card(tmp_path_factory.mktemp("card"), ["thesis", "leakfree"], {})


@pytest.mark.parametrize("protocol", ["thesis", "leakfree"])
@pytest.mark.parametrize("part", parts_of_card(), ids=lambda part: part.title)
def test_every_value_of_a_part_is_that_of_its_tables(card, protocol, part):
    shown = rows_of(section(card, part.title, protocol))[1:]
    expected = defaultdict(list)
    for name, where, metrics in part.columns:
        values = {(row["cell"], row["metric"]): row for row in table(protocol, name) if row["part"] == where}
        for cell in dict.fromkeys(row["cell"] for row in table(protocol, name)):
            expected[cell] += [values[cell, metric] for metric in metrics]
    assert len(shown) == len(expected)
    for line, rows in zip(shown, expected.values(), strict=True):
        texts = line[len(line) - len(rows) :]
        for text, row in zip(texts, rows, strict=True):
            numbers = [float(number.replace(",", "")) for number in text.split(" ± ")]
            wanted = [float(row[key]) for key in ("ours_mean", "ours_sd") if row[key]]
            digits = len(text.split(" ± ")[0].partition(".")[2])
            assert numbers == [pytest.approx(value, abs=0.50001 * 10**-digits) for value in wanted], (row, text)


@pytest.mark.parametrize("protocol", ["thesis", "leakfree"])
def test_subgroups_outcomes_and_leakage_are_those_of_their_tables(card, protocol):
    groups = rows_of(section(card, "Subgroups of HAM10000's test set, `cls-none_sym-off`", protocol))[1:]
    of_cell = [row for row in table(protocol, "subgroups") if (row["testset"], row["cell"]) == ("ham10000", CELLS[0])]
    wanted = {(row["kind"], row["subgroup"]): {} for row in of_cell}
    for row in of_cell:
        wanted[row["kind"], row["subgroup"]][row["metric"]] = row
    assert [tuple(line[:2]) for line in groups] == list(wanted)
    for (kind, group, images, _, balanced, auc), rows in zip(groups, wanted.values(), strict=True):
        assert images.replace(",", "") == rows["accuracy"]["images"], (kind, group)
        for text, row in ((balanced, rows["balanced_accuracy"]), (auc, rows["melanoma_auc"])):
            assert text.split(" ")[0] == (f"{float(row['value']):.3f}" if row["value"] else "–")
    outcomes = rows_of(section(card, "Differences between cells", protocol))[1:]
    # The answers do not count the share of empty CAMs either.
    counted = Counter(row["outcome"] for row in table(protocol, "comparisons") if row["metric"] != "empty_cam")
    columns = ("higher", "lower", "no significant difference")
    assert [sum(int(line[3 + place]) for line in outcomes) for place in range(3)] == [counted[name] for name in columns]
    overlaps = ("test set", "search", "data set")
    leaked = [
        row for row in table(protocol, "audit") if row["artifact"] not in overlaps and row["images_leaked"] != "0"
    ]
    said = section(card, "Data leakage", protocol)
    assert bool(leaked) == (protocol == "thesis")
    if not leaked:
        assert "none with leakage" in said
    else:
        assert [line[4].replace(",", "") for line in rows_of(said)[1:]] == [row["images_leaked"] for row in leaked]


def test_a_failed_cell_has_no_values_and_the_reason_is_told(tmp_path):
    failed = {("leakfree", "ham10000", CELLS[1]): "fold 2: constant logits"}
    card = write_card(tmp_path, ["thesis", "leakfree"], failed)
    for protocol, values in (("leakfree", {"failed"}), ("thesis", set())):
        row = rows_of(section(card, "Lesion networks on HAM10000's test set", protocol))[2]
        assert row[0] == "2"
        assert set(row[3:]) & {"failed"} == values
        assert (len(set(row[3:])) == 1) == bool(values)
    assert f"`{CELLS[1]}`, trained on HAM10000, failed: fold 2: constant logits." in card
    # The cell of the same name that was trained on ISIC2016 did not fail.
    assert "failed" not in section(card, "Lesion networks trained on ISIC2016, on its test set", "leakfree")


def test_where_the_cell_of_the_subgroups_failed_the_card_says_so(tmp_path):
    path = tmp_path / "subgroups.csv"
    path.write_text("testset,cell,kind,subgroup,metric,value,low,high,images,lesions\n")
    assert subgroups(path) == ""


def test_a_study_of_one_protocol_has_no_word_of_the_other_s_results(tmp_path):
    card = write_card(tmp_path, ["leakfree"], {})
    assert "### Protocol `leakfree`" in card
    assert "Protocol `thesis`" not in card
    assert "Under `thesis`, test images may have been trained on" not in card


def test_the_card_has_the_sections_of_a_model_card_and_says_that_it_is_no_medical_device(card, tmp_path):
    sections = [
        *("Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data"),
        *("Quantitative analyses", "Ethical considerations", "Caveats and recommendations"),
    ]
    assert [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")] == sections
    assert "Not a medical device" in card
    assert "A remark of this study." in card
    assert "Date: 2026-11-27. Workflow: version " in card
    assert "commit 87a7696; this card at abc123." in card
    assert "seeds 1, 2;" in card
    assert "different values of device: CPU, NVIDIA H200" in card
    assert "Demo data" not in card
    assert "Demo data" in write_card(tmp_path, ["thesis"], {}, demo=True)


def test_weights_are_those_that_the_study_uses():
    assert weights_of(CONFIGURATION) == {"resnet34": "hub", "b4": "data/weights/b4.pt"}


def test_performance_and_leakage_name_their_sources():
    sources = {("thesis", name): TABLES / "thesis/tables" / f"{name}.csv" for name in MODEL_TABLES}
    found = performance("thesis", sources, {})
    assert {name for part in found for name in part["sources"]} <= set(MODEL_TABLES)
    assert leakage(sources["thesis", "audit"])["uses"] > 0


def test_external_sets_of_one_s_own_are_named_with_their_tables(card, tmp_path):
    tell_datasets({**DATASETS, "clinic": "Our clinic"}, {**ROLES, "further": ["clinic"]})
    sentence = "Our clinic, also of other origin: `external-clinic`\namong the study's tables."
    assert sentence in write_card(tmp_path, ["thesis"], {})
    assert "also of other origin" not in card
