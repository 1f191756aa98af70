"""Former work is freed; results, present work and work in progress stay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from selcn.jobs.former_work import StudyError, clean
from studies import PROJECT

OLD, PRESENT, NEXT = "0123456789abcdef", "fedcba9876543210", "00000000000000aa"
PLACE = "train_lesion/thesis/lesion/cell"


@pytest.fixture
def study(tmp_path) -> Path:
    """Return a study with work of former settings, that of its results, and a training in progress."""
    folder = tmp_path / "study"
    result = folder / "results/thesis/lesion/cell/best.pt"
    result.parent.mkdir(parents=True)
    finish(folder, OLD, 100)
    os.link(finish(folder, PRESENT, 200), result)
    leave(folder / "work" / PLACE / NEXT / "progress.pt", 300)
    return folder


def leave(path: Path, time: float) -> Path:
    """Write a file of 1,000 bytes as of some time, its folders too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(1000))
    for part in (path, path.parent, path.parent.parent):
        os.utime(part, (time, time))
    return path


def finish(study: Path, mark: str, time: float, place: str = PLACE) -> Path:
    """Leave finished work as of some time, and return its output."""
    folder = study / "work" / place / mark
    output = leave(folder / "outputs/best.pt", time)
    leave(folder / "finished.json", time)
    return output


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_former_work_is_freed_and_told_of(study):
    before = files(study)
    lines = clean(study, dry_run=False)
    gone = {f"work/{PLACE}/{OLD}/{name}" for name in ("outputs/best.pt", "finished.json")}
    assert files(study) == before - gone
    assert lines[0] == f"freed 0.0 MB: {study}/work/{PLACE}/{OLD}"
    assert len(lines) == 2


def test_a_dry_run_only_tells(study):
    before = files(study)
    lines = clean(study, dry_run=True)
    assert files(study) == before
    assert lines[0].startswith("would free")
    assert lines[0].endswith(OLD)


def test_work_that_began_before_the_results_and_went_on_after_them_stays(study):
    progress = leave(study / "work" / PLACE / OLD / "progress.pt", 250)
    assert len(clean(study, dry_run=False)) == 1
    assert progress.exists()


def test_progress_of_settings_that_were_given_up_is_freed(study):
    given_up = leave(study / "work" / PLACE / "1111111111111111/progress.pt", 50)
    clean(study, dry_run=False)
    assert not given_up.exists()


def test_nothing_is_freed_where_results_share_nothing(study):
    place = "train_lesion/thesis/lesion/copied"
    outputs = [finish(study, mark, time, place) for mark, time in ((OLD, 100), (PRESENT, 200))]
    clean(study, dry_run=False)
    assert all(output.exists() for output in outputs)


def test_a_former_setting_whose_results_are_there_again_stays_and_so_does_the_later_one(study):
    again = study / "work" / PLACE / OLD / "outputs/best.pt"
    result = study / "results/thesis/lesion/cell/best.pt"
    result.unlink()
    os.link(again, result)
    assert len(clean(study, dry_run=False)) == 1
    assert again.exists()


def test_of_several_pieces_in_one_place_that_results_share_none_is_freed(study):
    folds = [finish(study, mark, time, "folds") for mark, time in ((OLD, 100), (PRESENT, 200))]
    for number, fold in enumerate(folds):
        os.link(fold, study / f"results/fold-{number}.pt")
    clean(study, dry_run=False)
    assert all(fold.exists() for fold in folds)


def test_nothing_outside_work_is_freed(study, tmp_path):
    elsewhere = leave(tmp_path / "elsewhere/best.pt", 10)
    link = study / "work" / PLACE / "2222222222222222"
    link.symlink_to(elsewhere.parent)
    clean(study, dry_run=False)
    assert elsewhere.exists()
    assert link.is_symlink()


def test_a_study_in_which_snakemake_is_at_work_is_refused(study):
    lock = study / ".snakemake/locks/0.input.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    before = files(study)
    with pytest.raises(StudyError, match="Snakemake is at work"):
        clean(study, dry_run=False)
    assert files(study) == before


def test_a_folder_that_is_no_study_is_refused(tmp_path):
    with pytest.raises(StudyError, match="work: not there"):
        clean(tmp_path, dry_run=False)


def test_make_frees_it(study):
    command = ["make", "clean-work", f"STUDY={study}", f"PYTHON={sys.executable}"]
    told = subprocess.run([*command, "DRY_RUN=1"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert f"would free 0.0 MB: {study}/work/{PLACE}/{OLD}" in told
    subprocess.run(command, cwd=PROJECT, capture_output=True, check=True)
    assert not (study / "work" / PLACE / OLD).exists()
    refused = subprocess.run(
        ["make", "clean-work", f"STUDY={study}/results", f"PYTHON={sys.executable}"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert refused.returncode != 0
    assert "name a study's folder" in refused.stderr
