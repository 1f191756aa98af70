"""What the jobs of a study used, together and by stage."""

import pandas as pd

from selcn.report.run.jobs import CPU
from selcn.report.run.stages import OTHER, STAGES

_HOUR = 3600


def usage_of(jobs: pd.DataFrame) -> dict:
    """Return what jobs used: the keys started to hosts of `selcn.report.run.record`.

    Parameters
    ----------
    jobs
        Table of `selcn.report.run.jobs.read_jobs`.
    """
    ends = jobs["started"] + pd.to_timedelta(jobs["seconds"], unit="s")
    by_stage = dict(tuple(jobs.groupby("stage")))
    return {
        "started": _time(jobs["started"].min()),
        "ended": _time(ends.max()),
        "total": _used(jobs),
        "stages": [{"stage": name, **_used(by_stage[name])} for name in (*STAGES, OTHER) if name in by_stage],
        "devices": {name: int(count) for name, count in jobs["device"].value_counts().sort_index().items()},
        "hosts": int(jobs["host"].nunique()),
    }


def _used(jobs: pd.DataFrame) -> dict:
    on_gpu = jobs["device"].notna() & (jobs["device"] != CPU)
    return {
        "jobs": int(jobs["job"].nunique()),
        "attempts": len(jobs),
        "unfinished_attempts": int((~jobs["finished"]).sum()),
        "without_record": int((~jobs["recorded"]).sum()),
        "hours": _hours(jobs["seconds"]),
        "processor_hours": _hours(jobs["processor_seconds"]),
        "gpu_hours": _hours(jobs.loc[on_gpu, "seconds"]),
        "memory_mb": _most(jobs["memory_mb"]),
        "gpu_memory_mb": _most(jobs["gpu_memory_mb"]),
    }


def _hours(seconds: pd.Series) -> float:
    return round(float(seconds.sum()) / _HOUR, 4)


def _most(megabytes: pd.Series) -> int | None:
    known = megabytes.dropna()
    return None if known.empty else int(known.max())


def _time(moment: pd.Timestamp) -> str | None:
    return None if pd.isna(moment) else moment.floor("s").isoformat()
