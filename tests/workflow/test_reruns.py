"""What a change makes Snakemake run again, asked of Snakemake itself."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest

from selcn.storage.cam_table import load_cams
from studies import CELL, two_gpus

pytestmark = pytest.mark.workflow

TRAININGS = {"train_segmentation", "train_symmetry", "train_lesion_ham10000"}
UPSTREAM = {
    "generate_demo_data",
    "index_dataset",
    "remove_hair",
    "pack_dataset",
    "split_by_image",
    "train_segmentation",
    "predict_masks",
}


def append(path, text):
    path.write_text(path.read_text() + text)


def test_one_cell_runs_only_itself_and_what_it_needs(finished):
    results = finished.directory / "results/thesis"
    made = {path.relative_to(results).parts for path in results.rglob("best.pt")}
    assert {parts[2] for parts in made if parts[0] == "lesion"} == {"cls-none_sym-lae"}
    assert {parts[1] for parts in made if parts[0] == "symmetry"} == {"lae"}
    cams = finished.directory / "results/thesis/cams"
    assert {path.relative_to(cams).as_posix() for path in cams.glob("*/*/cams.parquet")} == {
        "ham10000/lae/cams.parquet",
        "isic2019/lae/cams.parquet",
    }


def test_a_copied_clone_reruns_nothing(study):
    assert not study.jobs(CELL)


def test_touching_every_file_reruns_nothing(study):
    for path in study.clone.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path)
    assert not study.jobs(CELL)


def test_comments_docstrings_and_layout_rerun_nothing(study):
    for path in study.clone.rglob("workflow_scripts/**/*.py"):
        append(path, "\n\n# a remark\n")
    script = study.clone / "workflow_scripts/train_lesion.py"
    script.write_text(script.read_text().replace('"""', '"""Other words. ', 1))
    assert not study.jobs(CELL)


def test_other_permissions_rerun_nothing(study):
    (study.clone / "config/group.yaml").write_text("group_writable: true\n")
    assert not study.jobs(CELL, overlays=("config/group.yaml",))


def test_a_changed_cam_module_reruns_cams_and_what_follows_and_no_segmentation(study):
    append(study.clone / "workflow_scripts/selcn/cams/grad_cam.py", "\n\nADDED = 1\n")
    jobs = study.jobs(CELL)
    assert (jobs["compute_cams"], jobs["join_cams"]) == (2, 2)
    assert jobs["train_lesion_ham10000"] == 1
    assert not set(jobs) & (UPSTREAM | {"train_symmetry"})


def test_what_is_done_with_a_trained_network_trains_nothing(study):
    append(study.clone / "workflow_scripts/selcn/cams/lesion.py", "\n\nADDED = 1\n")
    assert set(study.jobs(CELL)) == {"train_lesion_ham10000", "evaluate_lesion"}
    study.run(CELL)
    log = (study.directory / "logs/train_lesion_ham10000/thesis/cls-none_sym-lae/seed-42.log").read_text()
    assert "CAMs" in log
    assert "epoch" not in log


def test_another_number_of_gpu_shards_cleans_and_packs_nothing_again_and_changes_no_map(study):
    cams = "results/thesis/cams/ham10000/lae/cams.parquet"
    table, maps = load_cams(study.directory / cams)
    (study.clone / "config/shards.yaml").write_text("data: {ham10000: {gpu_shards: 2}}\n")
    overlays = ("config/shards.yaml",)
    assert study.jobs(cams, overlays=overlays) == {"predict_masks": 2, "compute_cams": 2, "join_cams": 1}
    assert study.snakemake(cams, overlays=overlays).returncode == 0
    same_table, same_maps = load_cams(study.directory / cams)
    pd.testing.assert_frame_equal(same_table, table)
    # A shard has other batches, which may round the last digit of float16 otherwise.
    np.testing.assert_allclose(same_maps, maps, atol=1e-3)


def test_a_changed_metric_trains_nothing(study):
    append(study.clone / "workflow_scripts/selcn/evaluation/metrics.py", "\n\nADDED = 1\n")
    jobs = study.jobs(CELL)
    assert set(jobs) == {"evaluate_symmetry", "evaluate_lesion"}
    assert not set(study.jobs(CELL, "results/thesis/tables/table-05.md")) & TRAININGS


def test_another_sentence_in_a_job_s_log_reruns_nothing(study):
    path = study.clone / "workflow_scripts/selcn/jobs/job.py"
    path.write_text(path.read_text().replace("done in %.1f s", "finished in %.1f s"))
    assert "finished in" in path.read_text()
    assert not study.jobs(CELL)


def test_a_changed_engine_trains_every_network_again(study):
    append(study.clone / "workflow_scripts/selcn/training/fit.py", "\n\nADDED = 1\n")
    assert set(study.jobs(CELL)) >= TRAININGS


def test_another_learning_rate_of_the_lesion_network_runs_nothing_upstream(study):
    (study.clone / "config/rate.yaml").write_text("lesion: {training: {learning_rate: 0.01}}\n")
    jobs = study.jobs(CELL, overlays=("config/rate.yaml",))
    assert set(jobs) == {"write_settings", "train_lesion_ham10000", "evaluate_lesion"}
    assert jobs["write_settings"] == 1


def test_flips_train_nothing_and_further_folds_only_themselves(study):
    targets = ("results/thesis/tables/table-05.md", "results/thesis/masks/ham10000/manifest.parquet")
    study.run(*targets)
    (study.clone / "config/flips.yaml").write_text("segmentation: {ensemble: {flips: true}}\n")
    jobs = study.jobs(*targets, overlays=("config/flips.yaml",))
    assert set(jobs) == {
        "count_ensemble_pixels",
        "evaluate_ensemble",
        "predict_masks",
        "join_masks",
        "write_segmentation_tables",
    }
    (study.clone / "config/folds.yaml").write_text("segmentation: {ensemble: {folds: 2}}\n")
    jobs = study.jobs(*targets, overlays=("config/folds.yaml",))
    assert jobs["train_segmentation"] == 1
    assert "write_settings" not in jobs


def test_finished_work_is_handed_over_and_not_done_again(study):
    fold = study.directory / "results/thesis/lesion/ham10000/cls-none_sym-lae/seed-42/fold-0"
    masks = study.directory / "results/thesis/masks/ham10000"
    before = (fold / "best.pt").read_bytes(), (masks / "shard-0/masks.npy").read_bytes()
    shutil.rmtree(fold)
    shutil.rmtree(masks)
    study.run(str((fold / "best.pt").relative_to(study.directory)), "results/thesis/masks/ham10000/manifest.parquet")
    assert ((fold / "best.pt").read_bytes(), (masks / "shard-0/masks.npy").read_bytes()) == before
    log = (study.directory / "logs/train_lesion_ham10000/thesis/cls-none_sym-lae/seed-42.log").read_text()
    assert "epoch" not in log


def test_where_jobs_may_compute_reruns_nothing_and_one_that_finds_no_gpu_says_what_to_do(study, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (study.clone / "config/gpu.yaml").write_text("allow_cpu: false\njobs_per_gpu: 2\n")
    assert not study.jobs(CELL, overlays=("config/gpu.yaml",))
    counts = "results/thesis/segmentation/unet/fold-0/counts.parquet"
    result = study.snakemake(counts, "--forcerun", "count_pixels", "--show-failed-logs", overlays=("config/gpu.yaml",))
    assert result.returncode != 0
    assert "NoGpuError: torch.cuda.is_available() is False" in result.stdout
    assert "set allow_cpu: true" in result.stdout


def test_a_job_claims_one_of_the_machine_s_gpus(study, tmp_path, monkeypatch):
    two_gpus(tmp_path, monkeypatch)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    study.run("results/thesis/segmentation/unet/fold-0/counts.parquet", "--forcerun", "count_pixels")
    log = (study.directory / "logs/count_pixels/thesis/unet/fold-0.log").read_text()
    assert "GPU GPU-aa, slot 1 of 3" in log
