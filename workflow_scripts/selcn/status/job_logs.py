"""The state of a study's jobs, by their logs (`selcn.jobs.job` writes them)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SILENT_AFTER = 15 * 60
"""Seconds without a line after which a log that has no end counts as that of a job that was killed."""

PATIENCE = 3
"""So many times the longest time between two of its lines must have passed as well."""

_DAY = 24 * 60 * 60


class State(StrEnum):
    """State of a job or a network."""

    FINISHED = "finished"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"
    SILENT = "stopped?"
    WAITING = "waiting"


_LINE = re.compile(r"(\d\d):(\d\d):(\d\d) (.*)")
# Each training of a job begins with one of these lines, or was finished by an earlier attempt.
_TRAINING, _KEPT = re.compile(r"training on "), re.compile(r"work/.*: already finished$")
_TRIAL = re.compile(r"trial (\d+): ")
_RESUMED = re.compile(r"resuming after epoch (\d+)$")
_EPOCH = re.compile(r"epoch (\d+)  train_loss (\S+)  .*validation_loss (\S+)  ")
_ENDS = (
    (re.compile(r"done in \d"), State.FINISHED),
    (re.compile(r"failed$"), State.FAILED),
    (re.compile(r"stopped by SIG"), State.STOPPED),
)


@dataclass
class JobLog:
    """What a job's log says.

    Attributes
    ----------
    name
        Path of the log below logs/, without its suffix: the rule, and the values of its wildcards.
    changed
        When the log was last written to, in seconds since 1970.
    trainings
        Trainings that the job has begun, or found finished, one after the other.
    trial
        Number of a search's latest trial.
    epoch
        Last finished epoch of the latest training; 0: none.
    losses
        Training and validation loss of that epoch, as logged; empty where this attempt has not trained it.
    last
        The last line, without its time; of a failed job the first line of the error message.
    clock
        Time of day of the last line, in seconds.
    longest
        Longest time between two lines, in seconds.
    """

    name: str
    changed: float
    state: State = State.RUNNING
    trainings: int = 0
    trial: str = ""
    epoch: int = 0
    losses: tuple[str, ...] = ()
    last: str = ""
    clock: int | None = None
    longest: int = 0

    @property
    def rule(self) -> str:
        """The rule that the job is of."""
        return self.name.partition("/")[0]

    @property
    def training(self) -> int:
        """Number of the latest training, from 0; 0 as well before the first begins."""
        return max(self.trainings - 1, 0)


def read_log(path: Path, logs: Path, now: float) -> JobLog:
    """Read a job's log.

    Parameters
    ----------
    logs
        The folder of all logs.
    now
        The time, in seconds since 1970: a log without an end is that of a running job, or where it has had no line for
        long (`SILENT_AFTER`, `PATIENCE`) that of a job that was probably killed.
    """
    job = JobLog(str(path.relative_to(logs).with_suffix("")), path.stat().st_mtime)
    for line in path.read_text(errors="replace").splitlines():
        # Lines of a traceback, or of an error message after its first, have no time.
        if match := _LINE.match(line):
            hours, minutes, seconds, text = match.groups()
            take_in(job, 3600 * int(hours) + 60 * int(minutes) + int(seconds), text)
    if job.state == State.RUNNING and now - job.changed > max(SILENT_AFTER, PATIENCE * job.longest):
        job.state = State.SILENT
    return job


def take_in(job: JobLog, clock: int, line: str) -> None:
    """Take in one more line of a log, and the time of day at which it was written, in seconds."""
    job.longest = max(job.longest, 0 if job.clock is None else (clock - job.clock) % _DAY)
    job.clock, job.last = clock, line
    if _TRAINING.match(line) or _KEPT.match(line):
        job.trainings, job.epoch, job.losses = job.trainings + 1, 0, ()
    elif match := _TRIAL.match(line):
        job.trial = match[1]
    elif match := _RESUMED.match(line):
        job.epoch = int(match[1])
    elif match := _EPOCH.match(line):
        job.epoch, job.losses = int(match[1]), (match[2], match[3])
    else:
        job.state = next((state for pattern, state in _ENDS if pattern.match(line)), job.state)


def read_logs(study: Path, now: float) -> dict[str, JobLog]:
    """Return what every log of a study says, by the jobs' names, sorted.

    A log that is removed meanwhile is left out, and so is a folder that is named like one.
    """
    logs, found = study / "logs", {}
    for path in sorted(logs.rglob("*.log")):
        try:
            job = read_log(path, logs, now)
        except (FileNotFoundError, IsADirectoryError):
            continue
        found[job.name] = job
    return found
