"""Inputs and parameters of the rules that write the report's images, asked without Snakemake."""

from types import SimpleNamespace

import pytest
import yaml

from selcn.report.viewer_data.subsets import subsets_of
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.report_images import ReportImageInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.named_targets import targets_of
from selcn.workflow.study import Study
from studies import PROJECT

CLINIC = {
    "name": "Clinic",
    "roles": ["external"],
    "folder": "data/clinic",
    "table": "labels.csv",
    "columns": {"image": "file", "diagnosis": "dx"},
    "diagnoses": {"naevus": "nv"},
}


def inputs_of(**changed) -> ReportImageInputs:
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    config["lesion"] |= {"folds": 2, "seeds": [1, 2], "sham": False}
    return ReportImageInputs(ResultInputs(NetworkInputs(ImageInputs(Study.from_config(config | changed), PROJECT))))


class Wildcards(SimpleNamespace):
    """A job's wildcards, as Snakemake gives them."""

    def items(self):
        return self.__dict__.items()


@pytest.mark.parametrize("dataset", ["ham10000", "isic2019", "isic2016", "symderm"])
def test_files_of_a_sheet_are_as_many_as_what_they_are_of(dataset):
    inputs = inputs_of()
    shown, files = inputs.sheets_shown(Wildcards(dataset=dataset)), inputs.sheets(Wildcards(dataset=dataset))
    for protocol in ("thesis", "leakfree"):
        for name, of in (("metrics", "models"), ("predictions", "predictions"), ("lesion_cams", "cells")):
            paths = files[f"{protocol}_{name}"]
            assert len(paths) == len(shown[of])
            assert all(path.startswith(f"results/{protocol}/") for path in paths)
    assert bool(shown["cells"]) == (dataset == "ham10000")


def test_sheets_read_predictions_of_their_own_images_alone():
    """Each further external set would otherwise be an input of all sheets: a graph that grows with its square."""
    declared = yaml.safe_load((PROJECT / "config.yaml").read_text())["datasets"]
    inputs = inputs_of(datasets=declared | {"clinic": CLINIC, "second": CLINIC | {"name": "Second clinic"}})
    files = {
        dataset: {file for _, file in inputs.sheets_shown(Wildcards(dataset=dataset))["predictions"]}
        for dataset in inputs.study.datasets
    }
    assert files == {
        "ham10000": {"test", "validation"},
        "symderm": {"test", "validation"},
        "isic2019": {"isic2019"},
        "isic2016": {"test", "official_test", "validation"},
        "clinic": {"clinic"},
        "second": {"second"},
    }


def test_every_network_predicts_every_file_of_its_subsets():
    inputs = inputs_of()
    found = {
        (network.stage, network.dataset, file) for network, file in inputs.predicted(inputs.networks, inputs.subsets)
    }
    assert found == {(subset.stage, subset.trained_on, subset.file) for subset in subsets_of()}
    # 12 cells, 2 seeds and 2 folds; on ISIC2016 the first seed alone; 4 symmetry models, 3 folds.
    assert len(inputs.networks) == 12 * 2 * 2 + 12 * 2 + 4 * 3


def test_oracle_controls_are_left_out():
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())["lesion"]
    with_oracles = inputs_of(lesion=config | {"folds": 2, "seeds": [1, 2], "sham": ["none"], "oracle": ["none"]})
    without = inputs_of(lesion=config | {"folds": 2, "seeds": [1, 2], "sham": ["none"]})
    assert len(with_oracles.study.cells) == len(without.study.cells) + 5
    assert with_oracles.networks == without.networks
    assert with_oracles.localised == without.localised


def test_what_networks_were_trained_on_is_read_once_a_fold():
    files = inputs_of().sheets(Wildcards(dataset="isic2019"))
    cell = "results/leakfree/lesion/ham10000/cls-none_sym-off/seed-1"
    assert files["leakfree_predicting_trained"] == [f"{cell}/fold-{fold}/training_ids.parquet" for fold in (0, 1)]
    assert len(files["leakfree_segmentation_trained"]) == 2
    assert len(files["thesis_segmentation_trained"]) == 1


def test_one_protocol_alone_reads_nothing_of_the_other():
    inputs = inputs_of(protocols=["thesis"])
    for files in (inputs.galleries(), inputs.sheets(Wildcards(dataset="ham10000"))):
        assert not [path for paths in files.values() for path in paths if "leakfree" in path]
        assert all(name.startswith("thesis_") for name in files)


def test_the_target_has_what_the_page_shows_of_the_study_s_protocols():
    files = targets_of(inputs_of(protocols=["thesis"]).study)["report"]
    assert {"results/report/galleries.js", "results/report/selection.parquet"} < set(files)
    assert "results/report/matrices/thesis-isic2019-isic2019_outside.js" in files
    assert "results/report/sheets/symderm/manifest.parquet" in files
    assert not [path for path in files if "leakfree" in path or "{" in path]
