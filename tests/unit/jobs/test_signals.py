"""Jobs that are told to stop: exit code, log, what is tidied up on the way out, and what must not disturb it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from selcn.jobs.signals import SIGNALS, StopRequested, stopped_by_signals

LIBRARY = Path(__file__).resolve().parents[3] / "workflow_scripts"
BEGINNING = """
import os, signal, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from selcn.storage.artifacts import replacing
from selcn.jobs.job import logged

def tell():
    os.kill(os.getpid(), signal.SIGTERM)

with logged("log.txt"):
"""


def run_job(folder: Path, body: str) -> tuple[int, list[str]]:
    """Run a job's script whose body within `logged` is given; return its exit code and the lines of its log."""
    script = BEGINNING + "".join(f"    {line}\n" for line in body.strip().splitlines())
    environment = os.environ | {"PYTHONPATH": str(LIBRARY)}
    result = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    return result.returncode, (folder / "log.txt").read_text().splitlines()


def test_a_job_told_to_stop_says_so_last_and_leaves_nothing_half_written(tmp_path):
    body = """
with replacing("result.txt") as temporary:
    temporary.write_text("half")
    tell()
    time.sleep(600)
"""
    code, log = run_job(tmp_path, body)
    assert code == 128 + signal.SIGTERM
    assert log[-1].endswith("stopped by SIGTERM: the next attempt resumes from the saved progress")
    assert not [line for line in log if "Traceback" in line]
    assert os.listdir(tmp_path) == ["log.txt"]


def test_further_signals_do_not_disturb_the_tidying(tmp_path):
    body = """
try:
    tell()
    time.sleep(600)
finally:
    tell()
    os.kill(os.getpid(), signal.SIGINT)
    Path("tidied").touch()
"""
    code, log = run_job(tmp_path, body)
    assert code == 128 + signal.SIGTERM
    assert (tmp_path / "tidied").exists()
    assert "stopped by SIG" in log[-1]


def test_threads_finish_what_they_have_in_hand_and_begin_nothing_more(tmp_path):
    body = """
def work(number):
    Path(f"{number}.begun").touch()
    if number == 5:
        tell()
    time.sleep(0.05)

with ThreadPoolExecutor(2) as pool:
    for _ in pool.map(work, range(400)):
        pass
"""
    code, log = run_job(tmp_path, body)
    assert code == 128 + signal.SIGTERM
    assert "stopped by SIG" in log[-1]
    assert 6 <= len(list(tmp_path.glob("*.begun"))) < 200


@pytest.mark.parametrize("number", SIGNALS)
def test_each_signal_stops_once_and_its_handler_returns_afterwards(number):
    before = signal.getsignal(number)
    with pytest.raises(StopRequested, match=f"stopped by {number.name}") as caught, stopped_by_signals():
        os.kill(os.getpid(), number)
    assert caught.value.code == 128 + number
    assert signal.getsignal(number) == before


def test_a_signal_that_the_process_was_started_to_ignore_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stopped_by_signals():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
