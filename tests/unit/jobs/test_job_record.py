"""The record beside a job's log: every attempt of the work that finished, with what it used."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from selcn.jobs.job_record import recorded
from selcn.storage.artifacts import read_json


def test_a_job_records_when_where_and_what_it_used(tmp_path):
    log = tmp_path / "train.log"
    before = datetime.now(UTC) - timedelta(seconds=1)
    with recorded(log):
        sum(range(10**6))
    record = read_json(tmp_path / "train.json")
    (attempt,) = record["attempts"]
    assert record["finished"] is True
    assert before <= datetime.fromisoformat(attempt["started"]) <= datetime.now(UTC)
    assert attempt["seconds"] >= 0
    assert attempt["processor_seconds"] > 0
    assert attempt["memory_mb"] > 10
    assert attempt["cpus"] == len(os.sched_getaffinity(0))


def test_interrupted_attempts_count_until_the_job_has_finished_and_not_after(tmp_path):
    log = tmp_path / "train.log"
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), recorded(log):
            raise KeyboardInterrupt
    with recorded(log):
        pass
    assert [len(read_json(tmp_path / "train.json")["attempts"]), read_json(tmp_path / "train.json")["finished"]] == [
        3,
        True,
    ]
    with recorded(log):
        pass
    assert len(read_json(tmp_path / "train.json")["attempts"]) == 1


def test_a_record_that_cannot_be_read_is_begun_anew(tmp_path):
    (tmp_path / "train.json").write_text('{"finished": fal')
    with recorded(tmp_path / "train.log"):
        pass
    assert read_json(tmp_path / "train.json")["finished"] is True
