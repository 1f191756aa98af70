"""The record of the environment that results were made in."""

import subprocess
import sys
from importlib.metadata import version

import numpy as np
import torch

from selcn.jobs.environment import commit_of
from selcn.jobs.environment_record import (
    differences,
    environment,
    environments_below,
    environments_of,
    note,
    note_on,
    write_environment,
)
from selcn.storage.artifacts import write_json
from studies import PROJECT


def test_it_has_the_versions_that_are_loaded_and_what_is_computed_with(monkeypatch):
    monkeypatch.setattr("selcn.jobs.environment_record._noted", {})
    monkeypatch.setenv("SELCN_COMMIT", "abc-dirty")
    record = environment()
    assert (record["torch"], record["numpy"]) == (torch.__version__.split("+")[0], np.__version__)
    assert record["timm"] == version("timm")
    assert record["commit"] == "abc-dirty"
    assert (record["device"], record["precision"], record["threads"]) == ("CPU", "float32", torch.get_num_threads())
    assert record["halved"] is False


def test_a_job_without_torch_loads_none_of_it_and_has_no_device():
    code = (
        "import sys; from selcn.jobs.environment_record import environment; found = environment(); "
        "print('torch' in sys.modules, 'device' in found, found['torch'] is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT / "workflow_scripts"
    )
    assert done.stdout == "False False True\n"


def test_halved_batches_are_noted(monkeypatch):
    monkeypatch.setattr("selcn.jobs.environment_record._noted", {})
    note(halved=True)
    assert environment()["halved"] is True


def test_the_commit_is_the_clone_s_and_nothing_outside_one(tmp_path):
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    assert commit_of(tmp_path) == ""
    git("init")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "a")
    clean = commit_of(tmp_path)
    assert len(clean) >= 12
    (tmp_path / "a").write_text("2")
    assert commit_of(tmp_path) == f"{clean}-dirty"


def test_results_of_one_environment_carry_no_note_whatever_the_commit(tmp_path, monkeypatch):
    for commit in ("a", "b"):
        (tmp_path / commit).mkdir()
        monkeypatch.setenv("SELCN_COMMIT", commit)
        write_environment(tmp_path / commit)
    assert note_on(environments_below(tmp_path)) == []


def test_results_of_two_environments_say_what_differs(tmp_path):
    made = {"torch": "2.11.0", "numpy": "2.4.6", "device": "NVIDIA H200"}
    write_json(made, tmp_path / "cell/seed-1/fold-0/environment.json")
    write_json(made | {"torch": "2.14.1", "device": "CPU"}, tmp_path / "cell/seed-1/fold-1/environment.json")
    write_json(made, tmp_path / "other/environment.json")
    found = environments_of([tmp_path / "cell/metrics.json"])
    assert differences(found) == {"torch": ["2.11.0", "2.14.1"], "device": ["NVIDIA H200", "CPU"]}
    assert note_on(found) == [
        "These results were made in 2 environments: device NVIDIA H200 and CPU; torch 2.11.0 and 2.14.1."
    ]
    assert len(environments_of([tmp_path / "cell/metrics.json", tmp_path / "other/metrics.json"])) == 2
