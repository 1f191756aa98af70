"""Runs that are disturbed: the same command is enough afterwards, or the message says what is needed before."""

import contextlib
import fcntl
import os
import pty
import signal
import termios
import time
from functools import partial

import psutil
import pytest

from processes import kill_tree, left_in, running_jobs
from tiny_disk import mounted

pytestmark = pytest.mark.workflow

INDEX = "results/data/isic2016/index.parquet"
HAIR = "results/hair/isic2016/manifest.parquet"
PACKED = "results/packed/isic2016/manifest.parquet"
# Only a hang comes near it.
PATIENCE_S = 300


@pytest.fixture
def study(drawn, tmp_path):
    """A copy of a study whose data are drawn; no process of it is left when the test ends."""
    study = drawn.copy(tmp_path / "clone")
    yield study
    left = left_in(study.directory)
    for process in left:
        kill_tree(process.pid)
    assert not left


def start_and_hold_a_job(study, *targets, **options):
    """Start Snakemake and return it with its first job, which is stopped so that it cannot end."""
    snakemake = study.start(study.clone / "output.txt", *targets, **options)
    deadline = time.monotonic() + PATIENCE_S
    while not (jobs := running_jobs(snakemake.pid)):
        assert snakemake.poll() is None, (study.clone / "output.txt").read_text()
        assert time.monotonic() < deadline, "no job was started"
        time.sleep(0.02)
    jobs[0].process.suspend()
    return snakemake, jobs[0]


def test_a_second_run_on_one_folder_is_refused_and_the_first_ends_well(study):
    first, job = start_and_hold_a_job(study, INDEX)
    second = study.snakemake(INDEX)
    job.process.resume()
    assert second.returncode != 0
    assert "cannot be locked" in second.stdout
    assert first.wait(PATIENCE_S) == 0
    assert not study.jobs(INDEX)


def test_after_ctrl_c_the_same_command_is_enough(study):
    snakemake, job = start_and_hold_a_job(study, INDEX)
    os.killpg(snakemake.pid, signal.SIGINT)
    with contextlib.suppress(psutil.NoSuchProcess):  # Snakemake may have killed it already
        job.process.resume()
    assert snakemake.wait(PATIENCE_S) != 0
    assert not left_in(study.directory)
    assert not (study.directory / INDEX).exists()
    study.run(INDEX)


@contextlib.contextmanager
def terminal():
    """Open a terminal, and yield what makes a program its foreground; at the end it is closed."""
    ours, theirs = pty.openpty()

    def take() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    try:
        yield {"stdin": theirs, "stdout": theirs, "stderr": theirs, "start_new_session": False, "preexec_fn": take}
    finally:
        os.close(theirs)
        os.close(ours)


def test_after_the_terminal_was_closed_the_same_command_is_enough(study):
    with terminal() as options:
        snakemake, job = start_and_hold_a_job(study, INDEX, **options)
    # The system tells the shell, here Snakemake itself, and a shell tells all that it has started.
    os.killpg(snakemake.pid, signal.SIGHUP)
    with contextlib.suppress(psutil.NoSuchProcess):
        job.process.resume()
    # Not by the signal, which would leave the lock.
    assert snakemake.wait(PATIENCE_S) > 0
    assert not left_in(study.directory)
    assert not (study.directory / INDEX).exists()
    study.run(INDEX)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_it_waits_for_the_job_at_hand_and_starts_no_other(study, number):
    snakemake, job = start_and_hold_a_job(study, HAIR)
    os.kill(snakemake.pid, number)
    time.sleep(1)
    assert snakemake.poll() is None
    job.process.resume()
    assert snakemake.wait(PATIENCE_S) > 0
    assert "Will exit after finishing currently running jobs" in (study.clone / "output.txt").read_text()
    assert (study.directory / INDEX).exists()
    assert not (study.directory / HAIR).exists()
    study.run(HAIR)


@pytest.mark.parametrize("ignored", [signal.SIGINT, signal.SIGHUP])
def test_a_run_in_the_background_or_under_nohup_stops_on_sigterm(study, ignored):
    ignore = partial(signal.signal, ignored, signal.SIG_IGN)
    snakemake, job = start_and_hold_a_job(study, INDEX, preexec_fn=ignore)
    os.killpg(snakemake.pid, ignored)
    time.sleep(1)
    assert snakemake.poll() is None
    os.killpg(snakemake.pid, signal.SIGTERM)
    job.process.resume()
    assert snakemake.wait(PATIENCE_S) > 0
    assert not left_in(study.directory)
    assert not (study.directory / INDEX).exists()
    study.run(INDEX)


def test_after_snakemake_was_killed_its_message_says_what_to_do(study):
    snakemake, _ = start_and_hold_a_job(study, INDEX)
    kill_tree(snakemake.pid)
    assert snakemake.wait(PATIENCE_S) == -signal.SIGKILL
    refused = study.snakemake(INDEX)
    assert refused.returncode != 0
    assert "--unlock" in refused.stdout
    assert study.snakemake("--unlock").returncode == 0
    study.run(INDEX)


def test_a_killed_job_is_begun_anew_by_the_same_command(study):
    snakemake, job = start_and_hold_a_job(study, INDEX)
    kill_tree(job.process.pid)
    assert snakemake.wait(PATIENCE_S) != 0
    study.run(INDEX)


def test_after_a_full_disk_the_same_command_is_enough(study):
    try:
        disk = mounted(study.directory / "results", size_kb=4000)
        with disk as results:
            study.run(HAIR)
            fill(results, leave=50_000)
            assert study.snakemake(PACKED).returncode != 0
            last = (study.directory / "logs/pack_dataset/isic2016/shard-0.log").read_text().splitlines()[-1]
            assert "NoSpaceError: results/packed/isic2016/" in last
            assert last.endswith("the disk is full; free space or raise the limit, then run the same command again")
            assert not [path for path in (results / "packed").rglob("*") if path.is_file()]
            (results / "ballast").unlink()
            study.run(PACKED)
    except PermissionError as error:
        pytest.skip(f"no file system can be mounted here: {error}")


def fill(disk, leave: int) -> None:
    """Fill a file system but for some bytes."""
    free = os.statvfs(disk)
    with open(disk / "ballast", "wb") as file:
        file.write(bytes(free.f_bavail * free.f_frsize - leave))
