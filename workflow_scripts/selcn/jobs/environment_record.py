"""The environment that a result was made in: versions, device, precision and threads, in one small file a folder."""

import os
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from selcn.jobs.environment import COMMIT, RECORD
from selcn.storage.artifacts import read_json, write_json

PACKAGES = ("torch", "torchvision", "timm", "segmentation-models-pytorch", "opencv-python-headless", "numpy")
# Recorded, and no reason to call two environments different: another commit with the same code digest is the same code.
NOT_COMPARED = ("commit",)

_noted: dict[str, object] = {}


def note(**facts: object) -> None:
    """Add facts to the record of all that this process makes from now on."""
    _noted.update(facts)


def environment() -> dict[str, object]:
    """Return what the results of this process are made with.

    Returns
    -------
    dict
        python and each package's version (None where it is not installed); commit of the workflow, None outside a
        clone; device, precision (that of trainings, where it is not float32) and threads of a process that uses
        torch; halved: whether batches were, to fit the GPU's memory.
    """
    found = {"python": ".".join(map(str, sys.version_info[:3]))} | {name: _version(name) for name in PACKAGES}
    return found | {"commit": os.environ.get(COMMIT) or None} | _computing() | {"halved": False} | _noted


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _computing() -> dict[str, object]:
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    # A GPU that the process has not used yet is not asked for: that alone would take memory on it.
    on_gpu = torch.cuda.is_initialized()
    return {
        "device": torch.cuda.get_device_name() if on_gpu else "CPU",
        "precision": "float32",
        "threads": torch.get_num_threads(),
    }


def write_environment(folder: Path) -> None:
    """Write the record into a folder of results."""
    write_json(environment(), folder / RECORD)


def environments_of(results: Iterable[str | Path]) -> list[dict[str, object]]:
    """Return the different environments that some results rest on: those recorded in or below each result's folder.

    Parameters
    ----------
    results
        Paths of results, such as a model's metrics.json.
    """
    return environments_below(*sorted({Path(path).parent for path in results}))


def environments_below(*folders: Path) -> list[dict[str, object]]:
    """Return the different environments that are recorded in and below some folders."""
    found: dict[str, dict[str, object]] = {}
    for record in (record for folder in folders for record in _records(folder)):
        compared = {key: value for key, value in record.items() if key not in NOT_COMPARED}
        found.setdefault(repr(sorted(compared.items())), compared)
    return list(found.values())


@cache
def _records(folder: Path) -> tuple[dict[str, object], ...]:
    # Read once: several tables of a job rest on the same folders.
    return tuple(read_json(path) for path in sorted(folder.rglob(RECORD)))


def differences(environments: list[dict[str, object]]) -> dict[str, list[object]]:
    """Return what differs between environments: each key's values, in the order of the environments."""
    keys = dict.fromkeys(key for environment in environments for key in environment)
    values = {key: list(dict.fromkeys(environment.get(key) for environment in environments)) for key in keys}
    return {key: found for key, found in values.items() if len(found) > 1}


def note_on(environments: list[dict[str, object]]) -> list[str]:
    """Return a note on results of more than one environment, for tables; none where there is one."""
    different = differences(environments)
    if not different:
        return []
    listed = "; ".join(f"{key} {' and '.join(map(str, values))}" for key, values in different.items())
    return [f"These results were made in {len(environments)} environments: {listed}."]
