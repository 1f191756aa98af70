"""Minutes that a rule's jobs request on a cluster, from the run times of former jobs. Standard library only.

The last line of a job's log says how long it took (`selcn.jobs.job`). A job that went on where another stopped, or
handed over finished work, took less than a whole one will, and does not count.
"""

import math
import re
from functools import cache
from pathlib import Path

DONE = re.compile(r"^\d\d:\d\d:\d\d done in (\d+\.\d) s, at most .*\n\Z", re.MULTILINE)
# What a log has of a job that did not do all of its work.
PARTLY = ("already finished", "resuming after")
# Beyond the longest job: data and machines vary. Beyond that again: the start of a job, and the two minutes before its
# limit in which it is told to stop.
MARGIN, START = 1.5, 5.0


def minutes_to_ask(rule: str, most: int) -> int:
    """Return the minutes that a rule's job asks for at its first attempt.

    Parameters
    ----------
    most
        The rule's own number: what is asked for where no job has been timed, and never exceeded.
    """
    longest = longest_job(rule)
    return most if longest is None else min(most, math.ceil(MARGIN * longest / 60 + START))


@cache
def longest_job(rule: str) -> float | None:
    """Return the seconds that a rule's longest job took, by the study's logs; None where none was timed."""
    logs = Path("logs")
    # A rule of one job has no folder of logs.
    timed = map(seconds_of, [*logs.glob(f"{rule}.log"), *(logs / rule).rglob("*.log")])
    return max((seconds for seconds in timed if seconds is not None), default=None)


def seconds_of(log: Path) -> float | None:
    """Return the seconds that a log's job took from start to end; None where it did not get there, or not in one go."""
    text = log.read_text(errors="replace")
    found = DONE.search(text)
    return float(found[1]) if found and not any(words in text for words in PARTLY) else None
