"""The study under a real Slurm, and what its accounting says of it."""

import pytest

from slurm.incidents import CELL, LESION, SEGMENTATION, log_of

pytestmark = pytest.mark.slurm

ON_A_GPU = {
    "train_segmentation",
    "predict_masks",
    "train_symmetry",
    "compute_cams",
    "train_lesion_ham10000",
}
# Two of them are groups of jobs, named after the group and its rules.
ON_A_CPU = {
    "split_by_image",
    "select_segmentation",
    "join_masks",
    "cams_join_cams",
    "evaluation-thesis_evaluate_lesion_evaluate_symmetry",
}
STARVED = ("split_by_image", "thesis_isic2019")


def test_the_study_is_finished_whatever_was_stopped(outcome):
    assert outcome.returncode == 0, outcome.output[-8000:]
    assert (outcome.study.directory / CELL).is_file()
    assert not outcome.study.jobs(CELL)


def test_jobs_that_train_or_infer_hold_a_gpu_and_no_others(outcome):
    assert {attempt.rule for attempt in outcome.attempts if attempt.gpus} == ON_A_GPU
    assert {attempt.rule for attempt in outcome.attempts if not attempt.gpus} == ON_A_CPU
    assert {attempt.gpus for attempt in outcome.attempts} == {0, 1}
    assert {(attempt.gpus, attempt.partition) for attempt in outcome.attempts} == {(0, "cpu"), (1, "gpu")}


def test_a_training_that_got_a_signal_goes_on_in_a_job_with_more_memory(outcome):
    rule, wildcards, log = SEGMENTATION
    first, second = outcome.attempts_at(rule, wildcards)
    assert (first.state, second.state) == ("FAILED", "COMPLETED")
    assert first.number != second.number
    assert second.memory == 2 * first.memory
    assert "resuming after epoch" in log_of(outcome.study, rule, log)


def test_a_training_that_slurm_queued_again_goes_on_in_the_same_job(outcome):
    rule, wildcards, log = LESION
    first, second = outcome.attempts_at(rule, wildcards)
    assert (first.state, second.state) == ("REQUEUED", "COMPLETED")
    assert first.number == second.number
    assert "resuming after epoch" in log_of(outcome.study, rule, log)


def test_a_job_without_enough_memory_is_killed_and_comes_back_with_more(outcome):
    first, second = outcome.attempts_at(*STARVED)
    assert (first.state, second.state) == ("FAILED", "COMPLETED")
    assert second.memory > first.memory
    logs = outcome.study.directory / ".snakemake/slurm_logs"
    (log,) = logs.rglob(f"{first.number}.log")
    assert "memory limit" in log.read_text()


def test_a_killed_controller_repeats_and_loses_no_job(outcome):
    stopped = {SEGMENTATION[:2], LESION[:2], STARVED}
    others = [attempt for attempt in outcome.attempts if (attempt.rule, attempt.wildcards) not in stopped]
    assert {attempt.state for attempt in others} == {"COMPLETED"}
    # Groups have no wildcards: the CAMs of both data sets, and the evaluation.
    alone = [(attempt.rule, attempt.wildcards) for attempt in others if attempt.wildcards]
    assert len(set(alone)) == len(alone) == len(others) - 3


def test_what_each_job_used_is_told_at_the_end(outcome):
    (report,) = (outcome.study.directory / "logs/efficiency").iterdir()
    told = report.read_text()
    assert all(f"rule_{rule}" in told for rule in ON_A_GPU | ON_A_CPU)
