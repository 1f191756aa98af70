"""The files that the run's record, cards and RO-Crate are made from."""

import os
from pathlib import Path

import pytest
import yaml

from selcn.jobs.environment import tell_command
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.inputs.run import CRATE, RUN, RunInputs
from selcn.workflow.named_targets import targets_of
from selcn.workflow.study import Study
from studies import PROJECT

CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text())


def inputs_of(**changes: object) -> RunInputs:
    study = Study.from_config(CONFIG | changes)
    return RunInputs(ResultInputs(NetworkInputs(ImageInputs(study, Path("clone")))))


def test_keys_that_change_no_result_are_no_settings_of_the_record():
    """config.yaml says so of each of them; none of them is compared, so a change does not run the record again."""
    without = set(CONFIG) - set(RunInputs.settings(CONFIG))
    assert without == {"allow_cpu", "jobs_per_gpu", "save_every", "group_writable", "images", "predict"}


@pytest.mark.parametrize("protocols", [["thesis", "leakfree"], ["leakfree"]])
def test_the_cards_rest_on_the_tables_and_models_of_every_protocol(protocols):
    run = inputs_of(protocols=protocols)
    tables = dict(zip(run.shown_tables(), run.model_tables(), strict=True))
    assert {protocol for protocol, _ in tables} == set(protocols)
    assert tables["leakfree", "table-08b"] == "results/leakfree/tables/table-08b.csv"
    metrics = dict(zip(run.evaluated(), run.metrics(), strict=True))
    cell = "cls-none_sym-off"
    assert metrics["leakfree", "isic2016", cell] == f"results/leakfree/lesion/isic2016/{cell}/metrics.json"
    assert metrics["leakfree", "symderm", "none"] == "results/leakfree/symmetry/none/metrics.json"
    assert ("thesis" in {protocol for protocol, *_ in metrics}) == ("thesis" in protocols)
    splits = dict(zip(run.split_datasets(), run.splits(), strict=True))
    assert splits["leakfree", "isic2019"] == "results/leakfree/splits/isic2019.parquet"


def test_the_crate_describes_every_target_but_itself_and_the_tables_values():
    run = inputs_of()
    targets = targets_of(run.study)
    outputs = run.outputs(targets)
    described = [path for paths in outputs.values() for path in paths]
    assert len(described) == len(set(described))
    assert CRATE not in described
    # An input of the workflow, and of the crate in its own name.
    assert f"{RUN}/configuration.yaml" not in described
    assert "results/report/index.html" in outputs["report"]
    assert {"results/thesis/tables/table-05.csv", "results/thesis/tables/audit.csv"} <= set(outputs["tables"])
    assert {"results/thesis/tables/table-05.htmlcsv", "results/thesis/tables/answers.csv"} & set(described) == set()


def test_jobs_are_told_the_command_line_as_a_shell_reads_it(monkeypatch):
    monkeypatch.setenv("SELCN_COMMAND", "inherited")
    tell_command(["all", "--config", "remarks=[a b]"])
    assert os.environ["SELCN_COMMAND"] == "snakemake all --config 'remarks=[a b]'"
