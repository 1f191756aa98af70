"""Jobs that are told to stop: exit code, log, what is tidied up on the way out, and what must not disturb it."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from selcn.jobs.signals import StopRequested, exit_on_signals, stop_on_signals, stopped_by_signals

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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_each_signal_stops_once_and_its_handler_returns_afterwards(number):
    before = signal.getsignal(number)
    with pytest.raises(StopRequested, match=f"stopped by {number.name}") as caught, stopped_by_signals():
        os.kill(os.getpid(), number)
    assert caught.value.code == 128 + number
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("ignored", [signal.SIGINT, signal.SIGHUP])
def test_a_job_started_to_ignore_a_signal_ignores_it_and_stops_on_another(tmp_path, ignored):
    body = f"""
os.kill(os.getpid(), {ignored.value})
Path("passed").touch()
tell()
time.sleep(600)
"""
    # As `nohup` and a shell's `&` do.
    before = signal.signal(ignored, signal.SIG_IGN)
    try:
        code, log = run_job(tmp_path, body)
    finally:
        signal.signal(ignored, before)
    assert (tmp_path / "passed").exists()
    assert code == 128 + signal.SIGTERM
    assert "stopped by SIGTERM" in log[-1]


SNAKEMAKE = """
import os, signal, sys, threading, time
from pathlib import Path
from selcn.jobs.signals import exit_on_signals, stop_on_signals

number, lock, released = int(sys.argv[1]), threading.Lock(), threading.Event()

def stop():
    with lock:
        released.set()

exit_on_signals()
if sys.argv[2] == "plans":
    try:
        os.kill(os.getpid(), number)
        time.sleep(600)
    finally:
        print("unlocked")
# As Snakemake does when it makes its scheduler.
if signal.getsignal(signal.SIGTERM) != signal.SIG_IGN:
    signal.signal(signal.SIGTERM, lambda *_: stop())
stop_on_signals(stop)
with lock:
    os.kill(os.getpid(), number)
print("waits" if released.wait(5) else "hangs or goes on")
"""


def run_snakemake(number: int, moment: str, **options) -> tuple[int, str]:
    """Run a stand-in of Snakemake that gets a signal; return its exit code and what it says."""
    command, environment = [sys.executable, "-c", SNAKEMAKE, str(number), moment], {"PYTHONPATH": str(LIBRARY)}
    result = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, **options
    )
    return result.returncode, result.stdout.strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_snakemake_unlocks_while_it_plans_and_waits_for_its_jobs_once_it_runs_some(number):
    assert run_snakemake(number, "plans") == (128 + number, "unlocked")
    # While the main thread holds the lock that Snakemake's own handler takes.
    assert run_snakemake(number, "runs") == (0, "waits")


def test_snakemake_under_nohup_ignores_the_terminal_s_end():
    ignore = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
    assert run_snakemake(signal.SIGHUP, "runs", preexec_fn=ignore) == (0, "hangs or goes on")


def test_outside_the_main_thread_nothing_is_handled_and_nothing_fails():
    with ThreadPoolExecutor(1) as executor:
        executor.submit(exit_on_signals).result()
        executor.submit(stop_on_signals, print).result()
