"""What a job used, in a file beside its log: when, how long, where, with how much memory, on which device."""

import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from selcn.jobs.environment_record import environment
from selcn.storage.artifacts import DamagedArtifactError, read_json, write_json


@contextmanager
def recorded(log: str | Path) -> Iterator[None]:
    """Record a job beside its log, as `<log>.json`: finished, and one entry for each of its attempts.

    Attempts of a job that then finished are kept together, so that interrupted work is counted, too; a job that runs
    again after it had finished starts a new record. An attempt that is killed outright leaves no entry.

    Parameters
    ----------
    log
        The job's log file.
    """
    path = Path(log).with_suffix(".json")
    earlier = unfinished_attempts(path)
    started, begun, finished = datetime.now(UTC), time.monotonic(), False
    try:
        yield
        finished = True
    finally:
        attempt = {"started": started.isoformat(timespec="seconds"), "seconds": round(time.monotonic() - begun, 1)}
        write_json({"finished": finished, "attempts": [*earlier, attempt | usage()]}, path)


def unfinished_attempts(path: Path) -> list[dict[str, object]]:
    """Return the attempts of a job that has not finished yet; none where the record is missing or cannot be read."""
    try:
        record = read_json(path)
    except (FileNotFoundError, DamagedArtifactError):
        return []
    return [] if record["finished"] else record["attempts"]


def usage() -> dict[str, object]:
    """Return what this process has used so far.

    Returns
    -------
    dict
        processor_seconds, with those of child processes; memory_mb, the most at a time; gpu_memory_mb, likewise, of
        a process that uses a GPU; device (None for a job without a network), host, cpus (that the job may use).
    """
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    torch = sys.modules.get("torch")
    on_gpu = torch is not None and torch.cuda.is_initialized()
    return {
        "processor_seconds": round(sum(used.ru_utime + used.ru_stime for used in (own, children)), 1),
        "memory_mb": round(max(own.ru_maxrss, children.ru_maxrss) / 1024),  # Linux counts in KiB
        "gpu_memory_mb": round(torch.cuda.max_memory_allocated() / 2**20) if torch is not None and on_gpu else None,
        "device": environment().get("device"),
        "host": platform.node(),
        "cpus": len(os.sched_getaffinity(0)),
    }
