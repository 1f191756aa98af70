"""Finished work of an earlier version, taken over where its code changed in places and words only."""

import json
from types import SimpleNamespace

import pytest

from selcn.jobs import take_over as module
from selcn.jobs.resumable import ResumableWork
from selcn.jobs.take_over import TakeOverError, take_over
from selcn.workflow.code_digest import SCRIPTS, code_of
from selcn.workflow.former_code import keeps_work


class Inputs(dict):
    """Named inputs, as Snakemake gives them."""


def work_of(code: str) -> ResumableWork:
    """Return the work of a job whose script has a code digest."""
    params = SimpleNamespace(get={"code": code}.get, code=code)
    output = ["results/thesis/symmetry/none/fold-0/best.pt"]
    return ResumableWork.of_job(SimpleNamespace(rule="train_symmetry", input=Inputs(), output=output, params=params))


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study with one piece of finished work, and a version that calls the code `before` by the name `now`."""
    monkeypatch.chdir(tmp_path)
    work = work_of("before")
    (work.outputs / "best.pt").write_bytes(b"weights")
    work.finish()
    listed = tmp_path / "former_code.json"
    listed.write_text(
        json.dumps({"version": "0.1.0", "digests": {"train_symmetry.py": {"before": "before", "now": "now"}}})
    )
    monkeypatch.setattr(module, "RESOURCE", listed)
    return tmp_path


def test_finished_work_is_handed_over_under_its_present_digest(study):
    former = work_of("before").folder
    assert take_over(study).startswith("1 pieces of finished work")
    work = work_of("now")
    assert work.finished
    assert (work.outputs / "best.pt").read_bytes() == b"weights"
    assert not former.exists()


def test_it_is_not_without_the_command(study):
    assert not work_of("now").finished


def test_other_code_is_not_taken_for_it(study):
    take_over(study)
    assert not work_of("changed since").finished


def test_damaged_work_is_refused_and_named(study):
    (work_of("before").outputs / "best.pt").write_bytes(b"Weights")
    with pytest.raises(TakeOverError, match=r"best\.pt: 1 files of finished work are missing or damaged"):
        take_over(study)
    assert not (study / "work/former_code.json").exists()


def test_a_folder_without_work_is_refused(tmp_path):
    with pytest.raises(TakeOverError, match="no finished work; name a study's folder"):
        take_over(tmp_path)


def test_the_digests_that_ship_are_those_of_the_code():
    listed = json.loads((SCRIPTS.parent / "resources/former_code.json").read_text())["digests"]
    assert {"remove_hair.py", "pack_dataset.py"} <= set(listed)
    for name, entry in listed.items():
        assert keeps_work(entry["files"]), name
        assert entry["now"] == code_of(*entry["files"]), (
            f"{name}: changed since; remove its entry, or write the file again if results stay"
        )
