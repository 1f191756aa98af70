"""Commands as processes of their own: how long each takes and how much of the machine."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

# Seconds after which a command is killed: one that waits for something would hold up all rows.
LIMIT = 900


@dataclass(frozen=True)
class Usage:
    """What a process took, its children included.

    Attributes
    ----------
    output
        What it wrote, to the terminal and as errors.
    seconds, cpu_seconds
        By the clock, and of all cores together, user and system.
    megabytes
        The most memory that one of its processes held.
    """

    output: str
    seconds: float
    cpu_seconds: float
    megabytes: float


class CommandError(RuntimeError):
    """A command failed that the benchmarks run."""


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command in a folder.

    The kernel counts as a process's memory also what its parent held when it was started: call this only where little
    is loaded.

    Raises
    ------
    CommandError
        Its exit status is not 0; -9 where it took longer than `LIMIT`.
    """
    with tempfile.TemporaryFile("w+") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | dict(environment or {}), stdout=output, stderr=subprocess.STDOUT
        )
        killer = Timer(LIMIT, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        killer.cancel()
        seconds = time.perf_counter() - begun
        # It was waited for here, which its object is to know.
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if status:
        raise CommandError(f"{' '.join(command)}: exit status {process.returncode}\n{text[-3000:]}")
    return Usage(text, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
