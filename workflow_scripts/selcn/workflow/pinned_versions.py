"""Versions that results were made with, compared with those that envs/ pins. Standard library only."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from selcn.jobs.environment import RECORD

_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
# Folders of many files and of no record, which take long to list on a network file system.
CROWDED = ("hair/*/images", "masks/*/seg", "masks/*/lae", "report/sheets")


def pins_of(lock: Path) -> dict[str, str]:
    """Return the version that a lock file pins for each package."""
    return dict(_PIN.findall(lock.read_text()))


def records_in(results: Path) -> Iterable[Mapping[str, object]]:
    """Yield the environments that are recorded below a folder."""
    for place, folders, files in os.walk(results):
        folders[:] = [name for name in folders if not any((Path(place) / name).match(crowded) for crowded in CROWDED)]
        if RECORD in files:
            yield json.loads((Path(place) / RECORD).read_text())


def other_versions(records: Iterable[Mapping[str, object]], pins: Mapping[str, str]) -> str | None:
    """Return a sentence on results made with other versions than those pinned; None where there are none."""
    others: dict[str, set[str]] = defaultdict(set)
    folders = 0
    for record in records:
        different = {name for name in pins if record.get(name) not in (None, pins[name])}
        folders += bool(different)
        for name in different:
            others[name].add(str(record[name]))
    if not others:
        return None
    listed = "; ".join(
        f"{name} {', '.join(sorted(found))} (pinned: {pins[name]})" for name, found in sorted(others.items())
    )
    return f"{folders} folders of results were made with other versions than envs/requirements.lock pins: {listed}"
