"""The minutes that jobs ask a cluster for, from the logs of the last ones."""

import re
from types import SimpleNamespace

import pytest

from rule_files import rules
from selcn.jobs.job import job
from selcn.workflow.job_times import longest_job, minutes_to_ask

LAST = "12:00:59 done in {} s, at most 861 MB of memory, 4.6 s of processor time\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return what writes the log of a job of rule `train`; the study is the working directory."""
    monkeypatch.chdir(tmp_path)
    longest_job.cache_clear()

    def log(name, text):
        path = tmp_path / "logs/train" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    return log


def test_half_as_long_again_as_the_longest_job_and_five_minutes(write):
    write("thesis/a/fold-0.log", "12:00:00 epoch 1\n" + LAST.format(120.0))
    write("thesis/a/fold-1.log", LAST.format("1200.0"))
    assert minutes_to_ask("train", 720) == 35


def test_a_rule_of_one_job_has_its_log_beside_the_others_folders(write):
    write("../train.log", LAST.format(1200.0))
    write("../train_again.log", LAST.format(2400.0))
    assert minutes_to_ask("train", 720) == 35


def test_never_more_than_the_rule_s_own_number(write):
    write("a.log", LAST.format(36000.0))
    assert minutes_to_ask("train", 240) == 240


def test_the_rule_s_own_number_where_no_job_was_timed(write):
    assert minutes_to_ask("train", 240) == 240
    write("../other/a.log", LAST.format(60.0))
    assert minutes_to_ask("train", 240) == 240


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12:00:00 epoch 1",
        "12:00:00 epoch 1\n12:00:01 ValueError: failed\n",
        LAST.format(60.0) + "12:01:00 ValueError: failed after all\n",
        LAST.format(60.0).removesuffix("\n"),
        LAST.format("nan"),
        b"\xff\xfe\x00\x01\n",
        "12:00:00 fold 0 is already finished\n" + LAST.format(60.0),
        "12:00:00 resuming after epoch 7\n" + LAST.format(60.0),
    ],
    ids=["empty", "running", "failed", "failed late", "torn", "odd", "binary", "handed over", "resumed"],
)
def test_what_is_no_record_of_a_whole_job_does_not_count(text, write):
    write("a.log", text)
    assert minutes_to_ask("train", 240) == 240
    longest_job.cache_clear()
    write("b.log", LAST.format(60.0))
    assert minutes_to_ask("train", 240) == 7


def test_a_job_s_own_log_is_a_record(write):
    write("a.log", "")
    with job(SimpleNamespace(log=["logs/train/a.log"], input=[], output=[], params={})) as log:
        log.info("epoch 1")
    assert minutes_to_ask("train", 240) in (5, 6)


def test_every_rule_s_logs_lie_under_its_name():
    logs = {name: re.search(r'log:\s+f?"logs/(.+?)[/.]', body) for name, _, body in rules()}
    assert {name: found and found[1] for name, found in logs.items()} == {name: name for name in logs}
