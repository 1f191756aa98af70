"""The jobs of a study, from the record beside each log or, without one, from the log itself."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from selcn.report.run.stages import REPORT, stage_of
from selcn.storage.artifacts import DamagedArtifactError, read_json

COLUMNS = {
    "rule": "str",
    "stage": "str",
    "job": "str",
    "finished": "bool",
    "recorded": "bool",
    "started": "datetime64[s, UTC]",
    "seconds": "float64",
    "processor_seconds": "float64",
    "memory_mb": "Int64",
    "gpu_memory_mb": "Int64",
    "device": "str",
    "host": "str",
    "cpus": "Int64",
}
"""Columns of the table of jobs, and their types."""

CPU = "CPU"
"""The device of a job that used torch and no GPU."""

# The last line of a job's log (selcn.jobs.job).
_DONE = re.compile(
    r"^\d\d:\d\d:\d\d done in (\d+\.\d) s(?:, at most (\d+) MB of memory)?(?:, (\d+\.\d) s of processor time)?\n\Z",
    re.MULTILINE,
)


def read_jobs(logs: Path) -> pd.DataFrame:
    """Return the attempts at all jobs of a study but those of its report, which follow the record.

    Parameters
    ----------
    logs
        The folder of the study's logs.

    Returns
    -------
    DataFrame
        One row an attempt, in the order of their starts; an attempt that was killed outright is unknown.
        rule; stage; job, its log below `logs`, without `.log`; finished; recorded, whether it has a record, without
        which device, host, CPUs and earlier attempts are unknown; started; seconds; processor_seconds; memory_mb and
        gpu_memory_mb, the most at a time; device, missing where the job used no torch; host, "host 1" for the first
        one used, since names may be private; cpus.
    """
    jobs = [path.relative_to(logs).with_suffix("") for path in sorted(logs.rglob("*.log"))]
    rows = [
        # A rule of one job has a log of its own name, any other a folder of logs.
        {"rule": job.parts[0], "stage": stage_of(job.parts[0]), "job": job.as_posix(), **attempt}
        for job in jobs
        if stage_of(job.parts[0]) != REPORT
        for attempt in _attempts(logs / f"{job}.log")
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).assign(
        started=lambda rows: pd.to_datetime(rows["started"], utc=True, format="ISO8601")
    )
    table = table.astype(COLUMNS).sort_values(["started", "job"], kind="stable", ignore_index=True)
    hosts = {name: f"host {number}" for number, name in enumerate(table["host"].dropna().unique(), 1)}
    return table.assign(host=table["host"].map(hosts).astype("str"))


def _attempts(log: Path) -> Iterator[dict]:
    record = _record_of(log)
    if record is None:
        yield {"recorded": False, **_from_log(log)}
        return
    last = len(record["attempts"]) - 1
    for number, attempt in enumerate(record["attempts"]):
        yield {**attempt, "recorded": True, "finished": record["finished"] and number == last}


def _record_of(log: Path) -> dict | None:
    try:
        return read_json(log.with_suffix(".json"))
    except (FileNotFoundError, DamagedArtifactError):
        return None


def _from_log(log: Path) -> dict:
    done = _DONE.search(log.read_text(errors="replace"))
    if done is None:
        return {"finished": False}
    seconds, memory, processor = (float(text) if text else None for text in done.groups())
    started = datetime.fromtimestamp(log.stat().st_mtime, UTC) - timedelta(seconds=seconds or 0)
    return {
        "finished": True,
        "started": started.isoformat(timespec="seconds"),
        "seconds": seconds,
        "processor_seconds": processor,
        "memory_mb": memory,
    }
