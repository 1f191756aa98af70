"""The processes of a run of Snakemake: its jobs, and how to kill them without leaving any behind."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

JOB = re.compile(r"/\.snakemake/scripts/[^/]+?\.(\w+)\.py$")


@dataclass(frozen=True)
class Job:
    """A rule's script that is running.

    Attributes
    ----------
    script
        Name of the script, without its ending: the rule's, but for rules that share one.
    log
        The job's log file; None while it has none open.
    """

    process: psutil.Process
    script: str
    log: Path | None


def running_jobs(snakemake: int) -> list[Job]:
    """Return the jobs below a Snakemake process."""
    jobs = []
    for process in tree_of(snakemake)[1:]:
        try:
            found = next(filter(None, map(JOB.search, process.cmdline())), None)
            logs = [Path(file.path) for file in process.open_files() if "/logs/" in file.path]
        except psutil.Error:  # it has just ended
            continue
        if found:
            jobs.append(Job(process, found[1], logs[0] if logs else None))
    return jobs


def tree_of(process: int) -> list[psutil.Process]:
    """Return a process and all below it; none where it has ended."""
    try:
        parent = psutil.Process(process)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill_tree(process: int) -> None:
    """Kill a process and all below it with SIGKILL, and wait until they are gone."""
    tree = tree_of(process)
    for one in tree:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    # psutil's own waiting would take the exit status of a child of ours, whose `Popen` then takes it for 0.
    while any(is_alive(one) for one in tree):
        time.sleep(0.01)


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process has not ended; one that only waits to be asked for its exit status has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left_in(folder: Path, patience_s: float = 60.0) -> list[psutil.Process]:
    """Return the processes that name a folder in their command, after giving those that are ending a while."""
    end = time.monotonic() + patience_s
    while (found := _named(folder)) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def _named(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in argument for argument in process.cmdline()) and is_alive(process):
                found.append(process)
        except psutil.Error:
            continue
    return found
