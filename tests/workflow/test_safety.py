"""What a run leaves on the disk: who may write it, and where it lies whatever a data set's ids are."""

import os
import shutil
import stat

import pandas as pd
import pytest

pytestmark = pytest.mark.workflow

HAIR = "results/hair/isic2016/manifest.parquet"
LABELS = "data/isic2016/ISBI2016_ISIC_Part3_Training_GroundTruth.csv"
BAD_IDS = ["../escaped", "../../../../escaped", "/tmp/escaped", "sub/escaped", ".escaped", "a b", "$(touch escaped)"]


@pytest.fixture
def study(drawn, tmp_path):
    return drawn.copy(tmp_path / "clone")


def run_with(study, settings: str, umask: int) -> None:
    """Make the manifest of the hair removal under further settings and a user's umask."""
    (study.clone / "config/further.yaml").write_text(settings)
    before = os.umask(umask)
    try:
        result = study.snakemake(HAIR, overlays=("config/further.yaml",))
    finally:
        os.umask(before)
    assert result.returncode == 0, result.stdout[-8000:]


@pytest.mark.parametrize(
    ("group_writable", "umask", "files", "folders"),
    [("true", 0o077, 0o660, 0o770), ("false", 0o000, 0o664, 0o775), ("false", 0o077, 0o600, 0o700)],
)
def test_results_are_written_by_the_group_where_it_may_and_never_by_others(
    study, group_writable, umask, files, folders
):
    run_with(study, f"group_writable: {group_writable}\n", umask)
    made = [path for name in ("results", "work", "benchmarks", "logs") for path in (study.directory / name).rglob("*")]
    # The log of the drawing is from before.
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in made if path.stem != "generate_demo_data"}
    assert {mode for path, mode in modes.items() if path.is_file()} == {files}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {folders}
    snakemakes = {stat.S_IMODE((study.directory / name).stat().st_mode) for name in (".snakemake", ".snakemake/log")}
    assert not {mode & 0o002 for mode in snakemakes} - {0}
    assert group_writable == "false" or {mode & 0o070 for mode in snakemakes} == {0o070}


def test_bad_ids_are_rejected_and_write_nothing_outside_their_folder(study):
    labels = study.directory / LABELS
    labels.write_text(labels.read_text() + "".join(f"{image_id},benign\n" for image_id in BAD_IDS))
    image = next((study.directory / "data/isic2016").rglob("*.jpg"))
    shutil.copy(image, study.directory / "data/escaped.jpg")
    before = set(study.clone.parent.rglob("*"))
    run_with(study, "on_rejected: drop\n", 0o022)
    rejected = pd.read_csv(study.directory / "results/data/isic2016/rejected.csv")
    assert sorted(rejected["image_id"]) == sorted(BAD_IDS)
    assert rejected["reason"].str.startswith(("id would leave", "id is not a plain file name")).all()
    new = {path.relative_to(study.clone.parent).parts for path in set(study.clone.parent.rglob("*")) - before}
    assert {parts[:3] for parts in new if "__pycache__" not in parts} <= {
        ("clone", "config", "further.yaml"),
        *(("clone", "mini", name) for name in ("results", "work", "logs", "benchmarks", ".snakemake")),
    }
    assert not [parts for parts in new if "escaped" in parts[-1]]
