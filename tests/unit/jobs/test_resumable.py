"""Fingerprints, finished work and its hand-over."""

import os
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from damage import damaged
from selcn.jobs.resumable import ResumableWork, fingerprint
from selcn.storage.artifacts import read_json


@pytest.fixture
def job(tmp_path):
    (tmp_path / "data.json").write_text("{}")
    return tmp_path


def mark(job, settings=None, code="digest"):
    return fingerprint([str(job / "data.json")], settings, code)


def test_the_fingerprint_sees_contents_settings_and_code(job):
    first = mark(job)
    assert mark(job, {"learning_rate": 1}) != first
    assert mark(job, code="another") != first
    (job / "data.json").write_text("[]")
    assert mark(job) != first


def test_the_fingerprint_does_not_see_places(job, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "data.json").write_bytes((job / "data.json").read_bytes())
    assert mark(elsewhere) == mark(job)


def test_an_array_counts_by_the_manifest_that_has_its_rows_checksums(tmp_path):
    array, manifest = tmp_path / "shard-0/masks.npy", tmp_path / "manifest.parquet"
    array.parent.mkdir()
    array.write_bytes(b"rows")
    with pytest.raises(ValueError, match=r"masks\.npy is an input, but not the manifest"):
        fingerprint([str(array)], None, "")
    marks = []
    for content in (b"one", b"two"):
        manifest.write_bytes(content)
        marks.append(fingerprint([str(array), str(manifest)], None, ""))
    assert marks[0] != marks[1]


def test_a_shard_s_work_does_not_depend_on_where_its_rows_stand_in_the_table(tmp_path, monkeypatch, job):
    monkeypatch.chdir(tmp_path)

    snakemake = SimpleNamespace(
        rule="mask",
        input=Named(rows=str(job / "data.json")),
        output=["results/thesis/masks/shard-0/masks.npy"],
        params=Named(settings={}, code="digest"),
    )
    rows = pd.DataFrame({"image_id": ["a", "b"], "fold": [0, 1]})
    first = ResumableWork.of_job(snakemake, {"rows": rows}).folder
    assert ResumableWork.of_job(snakemake, {"rows": rows.set_index(pd.Index([7, 9]))}).folder == first
    assert ResumableWork.of_job(snakemake, {"rows": rows.assign(fold=[1, 0])}).folder != first


class Named(dict):
    """Inputs or parameters, as Snakemake names them."""

    __getattr__ = dict.__getitem__


def job_of_two_pieces(job, **params):
    """A job whose work is one of its inputs' alone, of two pieces."""
    return SimpleNamespace(
        rule="train",
        input=Named(rows=str(job / "data.json"), further=str(job / "further.json")),
        output=["results/thesis/fold-0/best.pt", "results/thesis/fold-1/best.pt"],
        params=Named(code="digest", **params),
    )


def test_a_job_s_pieces_of_work_lie_apart_and_depend_on_what_each_is_given(tmp_path, monkeypatch, job):
    monkeypatch.chdir(tmp_path)
    further = job / "further.json"
    further.write_text("1")

    def places(**params):
        folders = [Path("results/thesis/fold-0"), Path("results/thesis/fold-1")]
        snakemake = job_of_two_pieces(job, **params)
        return [ResumableWork.of_job(snakemake, folder=folder, without=["further"]).folder for folder in folders]

    first = places()
    assert [place.parent for place in first] == [Path("work/train/thesis/fold-0"), Path("work/train/thesis/fold-1")]
    further.write_text("2")
    assert places() == first
    # The code of the work itself counts, where it is named, and not that of the whole job.
    assert places(training="digest") == first
    assert places(training="another") != first
    (job / "data.json").write_text("[]")
    assert places() != first


def finished(folder):
    work = ResumableWork(folder)
    (work.outputs / "best.pt").write_bytes(b"weights")
    (work.outputs / "masks.npy").write_bytes(b"masks")
    (work.outputs / ".best.x1.pt").write_bytes(b"what a killed attempt left")
    # And what an attempt left that was killed while it wrote.
    for name in ("progress.pt", "progress.best-3.pt", ".progress.x1y2z3.pt"):
        (work.folder / name).write_bytes(b"progress")
    work.finish()
    return work


def test_finished_work_is_handed_over_whole(tmp_path):
    assert not ResumableWork(tmp_path / "w").finished
    work = finished(tmp_path / "w")
    assert work.finished
    assert not list(work.folder.glob("*progress*"))
    work.hand_over([str(tmp_path / "results/fold-0/best.pt")])
    work.hand_over([str(tmp_path / "results/masks.npy")])
    assert (tmp_path / "results/fold-0/best.pt").read_bytes() == b"weights"
    # Kept once, under two names.
    assert (tmp_path / "results/masks.npy").samefile(work.outputs / "masks.npy")


def test_work_is_handed_over_in_the_place_of_an_older_file_and_of_itself(tmp_path):
    work, target = finished(tmp_path / "w"), tmp_path / "results/best.pt"
    target.parent.mkdir()
    target.write_bytes(b"older")
    for _ in range(2):
        work.hand_over([str(target)])
        assert target.read_bytes() == b"weights"
        assert sorted(os.listdir(target.parent)) == ["best.pt", "environment.json"]


def test_where_files_can_have_no_second_name_they_are_copied(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError("Operation not supported")

    monkeypatch.setattr("os.link", no_links)
    finished(tmp_path / "w").hand_over([str(tmp_path / "masks.npy")])
    assert (tmp_path / "masks.npy").read_bytes() == b"masks"


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"weightx"), lambda p: p.unlink()])
def test_damaged_work_is_not_handed_over(tmp_path, damage):
    work = finished(tmp_path / "w")
    damage(work.outputs / "best.pt")
    assert not work.finished
    assert not ResumableWork(tmp_path / "w").finished


def test_the_receipt_lists_every_file(tmp_path):
    work = finished(tmp_path / "w")
    assert set(read_json(work.folder / "finished.json")) == {"best.pt", "environment.json", "masks.npy"}


@pytest.mark.parametrize("name", ["finished.json", "outputs/best.pt", "outputs/masks.npy"])
def test_any_damage_to_finished_work_or_its_receipt_makes_it_again(tmp_path, name):
    for number, wrong in enumerate(damaged((finished(tmp_path / "w").folder / name).read_bytes())):
        work = finished(tmp_path / f"{number}")
        (work.folder / name).write_bytes(wrong)
        assert not work.finished, wrong


def test_a_job_s_work_is_found_by_rule_and_output(tmp_path, monkeypatch, job):
    monkeypatch.chdir(tmp_path)

    snakemake = SimpleNamespace(
        rule="train",
        input=Named(settings=str(job / "data.json")),
        output=["results/thesis/fold-0/best.pt"],
        params=Named(settings={"a": 1}, code="digest"),
    )
    work = ResumableWork.of_job(snakemake)
    assert work.folder.parent.as_posix() == "work/train/thesis/fold-0"
    assert work.folder.name == mark(job, [{"a": 1}])
