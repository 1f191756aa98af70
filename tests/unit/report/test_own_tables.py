"""Tables of a study with data sets of one's own: no printed values, no class of melanoma."""

import pandas as pd
import pytest

from selcn.design.cells import CELLS
from selcn.design.datasets import DATASETS, ROLES, tell_datasets
from selcn.evaluation.subgroups import COLUMNS
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.build import build_table
from selcn.report.tables.columns import FURTHER_METRICS, LESION
from selcn.report.tables.render import to_markdown
from selcn.report.tables.subgroups import subgroup_blocks
from selcn.storage.artifacts import write_json

SPREAD = {"mean": 0.5, "sd": 0.1, "folds": [0.4, 0.6]}


@pytest.fixture(autouse=True)
def told():
    """Tell this process a clinic's data sets."""
    before = dict(DATASETS), dict(ROLES)
    roles = {"segmentation": ["clinic"], "symmetry": ["sym"], "lesion": ["clinic", "second"], "external": []}
    tell_datasets({"clinic": "Clinic", "sym": "Clinic, symmetry", "second": "Second clinic"}, roles)
    yield
    tell_datasets(*before)


def metrics_in(folder, metrics) -> dict[str, str]:
    """Write a cell's metrics of the given kinds, and return its file by the cell."""
    part = {metric.key: SPREAD if metric.spread else 0.5 for metric in metrics}
    part = {key: value for key, value in part.items() if not key.startswith("melanoma")}
    write_json({name: part for name in ("validation", "test")} | {"images": {"validation": 9, "test": 9}}, folder / "m")
    return {CELLS[0]: str(folder / "m")}


def test_a_table_of_own_data_has_no_number_and_no_word_of_the_thesis(tmp_path):
    table = build_table("08b", "leakfree", metrics_in(tmp_path, LESION), None)
    assert table.title == "Lesion classification on the test set"
    text = to_markdown(table)
    assert "Data set: Clinic." in text
    assert "thesis" not in text.replace("Protocol: thesis", "")
    assert "HAM10000" not in text


def test_a_further_lesion_set_has_tables_of_its_name(tmp_path):
    table = build_table("second-validation", "thesis", metrics_in(tmp_path, LESION), None)
    assert table.title == "Lesion classification trained on Second clinic, on the validation sets"
    assert set(table.frame["part"]) == {"validation"}
    assert table.frame["ours_mean"].notna().all()


def test_networks_without_a_class_of_melanoma_have_no_sensitivity_for_it(tmp_path):
    table = build_table("measures", "thesis", metrics_in(tmp_path, FURTHER_METRICS), None)
    assert not table.frame["metric"].str.startswith("melanoma").any()
    row = next(line for line in to_markdown(table).splitlines() if line.startswith("| 1 "))
    assert row.count("–") == 3


def test_subgroups_without_an_auc_of_melanoma_show_none():
    rows = [("all", "all", 9, 5, metric, 0.5, 0.4, 0.6, 10) for metric in ("accuracy", "balanced_accuracy")]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).assign(testset="clinic", cell=CELLS[0], networks=2)
    text = as_markdown(subgroup_blocks(table, "thesis", [], False))
    assert "## The test set of Clinic" in text
    assert next(line for line in text.splitlines() if line.startswith("| all ")).rstrip("| ").endswith("–")
