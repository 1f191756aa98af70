"""Fingerprints, finished work and its hand-over; the code that a script depends on."""

from types import SimpleNamespace

import pandas as pd
import pytest

from damage import damaged
from selcn.artifacts import read_json
from selcn.work import Work, fingerprint, link
from selcn.workflow.code import SCRIPTS, digest_of, modules_of


@pytest.fixture
def job(tmp_path):
    (tmp_path / "data.json").write_text("{}")
    (tmp_path / "script.py").write_text('"""Doc."""\nx = 1\n')
    return tmp_path


def mark(job, settings=None):
    return fingerprint([str(job / "data.json")], settings, [str(job / "script.py")])


def test_the_fingerprint_sees_contents_settings_and_code(job):
    first = mark(job)
    assert mark(job, {"learning_rate": 1}) != first
    (job / "data.json").write_text("[]")
    second = mark(job)
    assert second != first
    (job / "script.py").write_text('"""Doc."""\nx = 2\n')
    assert mark(job) != second


def test_an_array_counts_by_the_manifest_that_has_its_rows_checksums(tmp_path):
    array, manifest = tmp_path / "shard-0/masks.npy", tmp_path / "manifest.parquet"
    array.parent.mkdir()
    array.write_bytes(b"rows")
    with pytest.raises(ValueError, match=r"masks\.npy is an input, but not the manifest"):
        fingerprint([str(array)], None, [])
    marks = []
    for content in (b"one", b"two"):
        manifest.write_bytes(content)
        marks.append(fingerprint([str(array), str(manifest)], None, []))
    assert marks[0] != marks[1]


def test_a_shard_s_work_does_not_depend_on_where_its_rows_stand_in_the_table(tmp_path, monkeypatch, job):
    monkeypatch.chdir(tmp_path)

    snakemake = SimpleNamespace(
        rule="mask",
        input=Named(rows=str(job / "data.json"), code=[str(job / "script.py")]),
        output=["results/thesis/masks/shard-0/masks.npy"],
        params=Named(settings={}),
    )
    rows = pd.DataFrame({"image_id": ["a", "b"], "fold": [0, 1]})
    first = Work.of_job(snakemake, {"rows": rows}).folder
    assert Work.of_job(snakemake, {"rows": rows.set_index(pd.Index([7, 9]))}).folder == first
    assert Work.of_job(snakemake, {"rows": rows.assign(fold=[1, 0])}).folder != first


def test_the_fingerprint_does_not_see_comments_docstrings_layout_or_places(job, tmp_path_factory):
    first = mark(job)
    (job / "script.py").write_text('"""Other words."""\n\n# why\nx = (1)\n')
    assert mark(job) == first
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("data.json", "script.py"):
        (elsewhere / name).write_bytes((job / name).read_bytes())
    assert mark(elsewhere) == first


class Named(dict):
    """Inputs or parameters, as Snakemake names them."""

    __getattr__ = dict.__getitem__


def finished(folder):
    work = Work(folder)
    (work.outputs / "best.pt").write_bytes(b"weights")
    (work.outputs / "masks.npy").write_bytes(b"masks")
    (work.outputs / ".best.x1.pt").write_bytes(b"what a killed attempt left")
    work.progress.write_bytes(b"progress")
    work.finish()
    return work


def test_finished_work_is_handed_over_whole(tmp_path):
    assert not Work(tmp_path / "w").finished
    work = finished(tmp_path / "w")
    assert work.finished
    assert not work.progress.exists()
    work.hand_over([str(tmp_path / "results/fold-0/best.pt")])
    work.hand_over([str(tmp_path / "results/masks.npy")], by=link)
    assert (tmp_path / "results/fold-0/best.pt").read_bytes() == b"weights"
    assert (tmp_path / "results/masks.npy").samefile(work.outputs / "masks.npy")
    assert not (tmp_path / "results/fold-0/best.pt").samefile(work.outputs / "best.pt")


def test_where_files_can_have_no_second_name_they_are_copied(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError("Operation not supported")

    monkeypatch.setattr("os.link", no_links)
    finished(tmp_path / "w").hand_over([str(tmp_path / "masks.npy")], by=link)
    assert (tmp_path / "masks.npy").read_bytes() == b"masks"


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"weightx"), lambda p: p.unlink()])
def test_damaged_work_is_not_handed_over(tmp_path, damage):
    work = finished(tmp_path / "w")
    damage(work.outputs / "best.pt")
    assert not work.finished
    assert not Work(tmp_path / "w").finished


def test_the_receipt_lists_every_file(tmp_path):
    work = finished(tmp_path / "w")
    assert set(read_json(work.folder / "finished.json")) == {"best.pt", "masks.npy"}


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
        input=Named(settings=str(job / "data.json"), code=[str(job / "script.py")]),
        output=["results/thesis/fold-0/best.pt"],
        params=Named(settings={"a": 1}),
    )
    work = Work.of_job(snakemake)
    assert work.folder.parent.as_posix() == "work/train/thesis/fold-0"
    assert work.folder.name == mark(job, [{"a": 1}])


def names(script):
    return {path.relative_to(SCRIPTS).as_posix() for path in modules_of(SCRIPTS / script)}


def test_a_script_s_code_is_what_it_imports_transitively():
    code = names("train_symmetry.py")
    assert {"train_symmetry.py", "selcn/symmetry.py", "selcn/training/fit.py", "selcn/losses.py"} <= code
    assert "selcn/__init__.py" in code


@pytest.mark.parametrize(
    "script",
    ["train_segmentation.py", "train_backbone.py", "select_backbone.py", "train_symmetry.py", "train_lesion.py"],
)
def test_training_does_not_depend_on_metrics_maps_tables_or_figures(script):
    foreign = ("selcn/metrics", "selcn/gradcam", "selcn/localisation", "selcn/tables", "selcn/figures")
    assert not [name for name in names(script) if name.startswith(foreign)]


def test_segmentation_and_masks_do_not_depend_on_cams():
    for script in ("train_segmentation.py", "evaluate_segmentation.py", "predict_masks.py"):
        assert not [name for name in names(script) if "cam" in name]
    assert "selcn/gradcam.py" in names("compute_cams.py")


def test_every_script_parses_and_imports_only_what_is_there():
    scripts = sorted(SCRIPTS.glob("*.py"))
    assert len(scripts) > 20
    for script in scripts:
        assert digest_of(modules_of(script))
