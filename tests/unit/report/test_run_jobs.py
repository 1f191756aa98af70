"""The table of a study's jobs, from records and logs made by hand, and the hours by stage counted from it."""

import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from rule_files import rules, rules_with_gpu
from selcn.jobs.job import job
from selcn.report.run.jobs import read_jobs
from selcn.report.run.stages import OTHER, REPORT, STAGES, stage_of
from selcn.report.run.usage import usage_of
from selcn.storage.artifacts import read_table, write_json, write_table

GPU = "NVIDIA H200"


def attempt(start: str, seconds: float, **more: object) -> dict:
    used = {"processor_seconds": 2 * seconds, "memory_mb": 100, "gpu_memory_mb": None, "device": None}
    return {"started": f"2026-11-27T{start}+00:00", "seconds": seconds, "host": "node7", "cpus": 4, **used, **more}


def write_log(logs: Path, name: str, *attempts: dict, finished: bool = True, text: str = "") -> Path:
    log = logs / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(text)
    if attempts:
        write_json({"finished": finished, "attempts": list(attempts)}, log.with_suffix(".json"))
    return log


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """An index; a training on a GPU that was interrupted, and one that failed; masks on a CPU; two logs alone."""
    logs = tmp_path / "logs"
    write_log(logs, "index_dataset/ham10000", attempt("10:00:00", 360))
    interrupted = attempt("11:00:00", 1800, device=GPU, gpu_memory_mb=4000, memory_mb=900, host="node9")
    write_log(
        logs, "train_symmetry/thesis/none", interrupted, attempt("12:00:00", 3600, device=GPU, gpu_memory_mb=5000)
    )
    write_log(logs, "train_symmetry/thesis/seg", attempt("12:30:00", 900, device=GPU), finished=False)
    write_log(logs, "predict_masks/thesis/ham10000/0", attempt("13:00:00", 720, device="CPU", memory_mb=1500))
    done = write_log(
        logs,
        "find_duplicates",
        text="09:00:00 found 3\n09:30:00 done in 180.5 s, at most 512 MB of memory, 90.0 s of processor time\n",
    )
    end = datetime(2026, 11, 27, 14, 30, 0, tzinfo=UTC).timestamp()
    os.utime(done, (end, end))
    write_log(logs, "write_settings/thesis/lesion", text="09:00:00 failed\nTraceback\n")
    write_log(logs, "record_run", attempt("15:00:00", 100))
    return logs


def test_a_row_an_attempt_and_interrupted_ones_count(logs):
    jobs = read_jobs(logs).set_index(["job", "started"])
    training = jobs.loc["train_symmetry/thesis/none"]
    assert training["finished"].tolist() == [False, True]
    assert training["seconds"].tolist() == [1800, 3600]
    assert set(training["rule"]) == {"train_symmetry"}
    assert jobs.loc["train_symmetry/thesis/seg", "finished"].tolist() == [False]
    assert len(jobs) == 7


def test_a_log_without_a_record_says_what_it_can(logs):
    jobs = read_jobs(logs).set_index("job")
    found = jobs.loc["find_duplicates"]
    assert (found["seconds"], found["processor_seconds"], found["memory_mb"]) == (180.5, 90.0, 512)
    # The log was last written at 14:30:00.
    assert found["started"] == pd.Timestamp("2026-11-27T14:26:59Z")
    assert (bool(found["finished"]), bool(found["recorded"])) == (True, False)
    unfinished = jobs.loc["write_settings/thesis/lesion"]
    assert not unfinished["finished"]
    assert unfinished[["seconds", "started", "device"]].isna().all()


def test_a_record_that_cannot_be_read_counts_as_none(logs):
    (logs / "index_dataset/ham10000.json").write_text('{"finished": tr')
    assert not read_jobs(logs).set_index("job").loc["index_dataset/ham10000", "recorded"]


def test_the_report_s_own_jobs_are_left_out(logs):
    assert "record_run" not in set(read_jobs(logs)["rule"])


def test_hosts_have_no_names(logs):
    jobs = read_jobs(logs).set_index("job")
    assert jobs.loc["index_dataset/ham10000", "host"] == "host 1"
    assert jobs.loc["train_symmetry/thesis/none", "host"].tolist() == ["host 2", "host 1"]


def test_the_table_keeps_its_types_on_disk(logs, tmp_path):
    jobs = read_jobs(logs)
    write_table(jobs, tmp_path / "jobs.parquet")
    read = read_table(tmp_path / "jobs.parquet")
    assert read["memory_mb"].dropna().astype(int).max() == 1500
    assert str(read["started"].dtype.tz) == "UTC"


def test_the_last_line_of_a_job_s_log_is_understood(tmp_path):
    log = tmp_path / "logs" / "train_symmetry.log"
    log.parent.mkdir()
    with job(SimpleNamespace(log=[str(log)], input=[], output=[], params={})):
        pass
    recorded = read_jobs(log.parent).iloc[0]
    log.with_suffix(".json").unlink()
    from_log = read_jobs(log.parent).iloc[0]
    assert (bool(recorded["recorded"]), bool(from_log["recorded"])) == (True, False)
    assert from_log["finished"]
    assert from_log["memory_mb"] == pytest.approx(recorded["memory_mb"], abs=5)
    assert from_log["seconds"] == pytest.approx(recorded["seconds"], abs=1)
    assert abs(from_log["started"] - recorded["started"]) < pd.Timedelta("3s")


def test_hours_by_stage_are_those_counted_by_hand(logs):
    usage = usage_of(read_jobs(logs))
    stages = {stage.pop("stage"): stage for stage in usage["stages"]}
    assert list(stages) == ["data and splits", "masks", "symmetry"]
    # 1,800 + 3,600 + 900 s on a GPU.
    assert stages["symmetry"] == {
        "jobs": 2,
        "attempts": 3,
        "unfinished_attempts": 2,
        "without_record": 0,
        "hours": 1.75,
        "processor_hours": 3.5,
        "gpu_hours": 1.75,
        "memory_mb": 900,
        "gpu_memory_mb": 5000,
    }
    # 720 s, on a CPU.
    assert (stages["masks"]["hours"], stages["masks"]["gpu_hours"]) == (0.2, 0)
    assert stages["masks"]["gpu_memory_mb"] is None
    # 360 s with a record, 180.5 s without, and one of which nothing is known.
    data = stages["data and splits"]
    assert (data["jobs"], data["without_record"], data["unfinished_attempts"]) == (3, 2, 1)
    assert data["hours"] == pytest.approx(540.5 / 3600, abs=1e-4)
    assert data["processor_hours"] == pytest.approx(810 / 3600, abs=1e-4)


def test_the_whole_run_from_the_first_start_to_the_last_end(logs):
    usage = usage_of(read_jobs(logs))
    assert (usage["started"], usage["ended"]) == ("2026-11-27T10:00:00+00:00", "2026-11-27T14:29:59+00:00")
    assert usage["total"]["jobs"] == 6
    assert usage["total"]["attempts"] == 7
    assert usage["devices"] == {"CPU": 1, GPU: 3}
    assert usage["hosts"] == 2


def test_a_study_without_logs_has_no_time(tmp_path):
    (tmp_path / "logs").mkdir()
    usage = usage_of(read_jobs(tmp_path / "logs"))
    assert (usage["started"], usage["ended"], usage["stages"], usage["total"]["jobs"]) == (None, None, [], 0)


def test_every_rule_that_makes_results_is_in_one_stage():
    listed = [rule for names in STAGES.values() for rule in names]
    assert len(listed) == len(set(listed))
    made = ("segmentation", "symmetry", "lesion", "isic2016")
    written = {name for template, _, _ in rules() for name in _names_of(template, made)}
    assert {rule for rule in written if stage_of(rule) == OTHER} <= {"verify"}
    assert not {rule for rule in rules_with_gpu() if stage_of(rule) in (OTHER, REPORT)}
    assert stage_of("train_everything") == OTHER


def _names_of(template: str, stages: tuple[str, ...]) -> set[str]:
    if "{stage}" in template:
        return {template.format(stage=stage) for stage in stages}
    pairs = (("ham10000", "lesion"), ("isic2016", "isic2016"))
    return {template.format(lesion_dataset=dataset, network=network) for dataset, network in pairs}
