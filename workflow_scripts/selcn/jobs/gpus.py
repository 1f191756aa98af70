"""The GPUs of this machine, shared among jobs: a number of slots per GPU, each held by one process at a time."""

import fcntl
import logging
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import IO

log = logging.getLogger("selcn.gpus")

# Seconds between two looks for a free slot.
PATIENCE = 2.0
# Seconds until `nvidia-smi` counts as hung. Without the driver's persistence mode it takes a few to list the GPUs.
LISTING_TIMEOUT = 15.0
# Lock files of this process's slots, open until it ends, when the system releases them.
_held: list[IO] = []


def visible_gpus() -> list[str]:
    """Return the GPUs of this machine, as `CUDA_VISIBLE_DEVICES` names them: those that it names, else the system's.

    Torch is not asked, because its answer would fix the GPU that this process sees. An empty list where `nvidia-smi` is
    missing; also where it is there and lists none, with a warning.
    """
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        devices = [device.strip() for device in named.split(",")]
        # CUDA uses the devices before the first invalid one; so -1 means no GPU.
        end = next((k for k, device in enumerate(devices) if device in ("", "-1", "NoDevFiles")), len(devices))
        return devices[:end]
    try:
        code, listing = _listing()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except subprocess.TimeoutExpired:
        fault = f"did not answer within {LISTING_TIMEOUT:g} s"
    except OSError as error:
        fault = f"cannot be run ({error.strerror})"
    else:
        if code == 0 and (devices := devices_of(listing)):
            return devices
        said = "".join(letter if letter.isprintable() else " " for letter in listing)
        fault = f"lists no GPU (exit code {code}: {' '.join(said.split())[:200] or 'no output'})"
    log.warning("nvidia-smi %s: no GPU is counted; check the driver, or name the GPUs in CUDA_VISIBLE_DEVICES", fault)
    return []


def _listing() -> tuple[int, str]:
    """Return the exit code and the output of `nvidia-smi -L`."""
    command, pipe = ["nvidia-smi", "-L"], subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace")
    try:
        listing, _ = process.communicate(timeout=LISTING_TIMEOUT)
    except subprocess.TimeoutExpired:
        # Not waited for, as `subprocess.run` does: one that waits for a broken driver cannot be killed.
        process.kill()
        raise
    return process.returncode, listing


def devices_of(listing: str) -> list[str]:
    """Return the identifiers in what `nvidia-smi -L` prints; of a GPU that is cut in slices, those of its slices."""
    # What precedes the first GPU is no list of GPUs.
    whole = re.split(r"^(?=GPU )", listing, flags=re.MULTILINE)[1:]
    found = [re.findall(r"UUID: ([^)\s]+)", lines) for lines in whole]
    return [device for ids in found for device in (ids[1:] or ids)]


def gpu_slots(gpus: Sequence[str], jobs_per_gpu: int) -> int:
    """Return how many jobs that ask for a GPU may run at a time; a machine without any counts as one of them."""
    return jobs_per_gpu * max(1, len(gpus))


def claim_gpu(devices: Sequence[str], jobs_per_gpu: int, folder: Path | None = None) -> str:
    """Take a free slot of a GPU for as long as this process lives, waiting until there is one.

    A GPU's second slot is taken only after the first of all others.

    Parameters
    ----------
    devices
        At least one, as `visible_gpus` names them.
    folder
        Where the slots' files lie; by default a folder of this user's on this machine.

    Returns
    -------
    str
        The GPU whose slot it is.
    """
    folder = folder or slot_folder()
    told = False
    while True:
        for slot, device in product(range(jobs_per_gpu), devices):
            if _take(folder / f"{device.replace('/', '_')}.{slot}"):
                log.info("GPU %s, slot %d of %d", device, slot + 1, jobs_per_gpu)
                return device
        if not told:
            log.info(
                "waiting for a GPU: other jobs hold all %d slots of %s", jobs_per_gpu * len(devices), ", ".join(devices)
            )
            told = True
        time.sleep(PATIENCE)


def slot_folder() -> Path:
    """Return the folder of this user's slots on this machine, made where it is missing.

    Raises
    ------
    PermissionError
        Somebody else has made it.
    """
    # Two allocations of Slurm may both call their GPU 0.
    allocation = os.environ.get("SLURM_JOB_ID")
    name = f"selcn-gpus-{os.getuid()}" + (f"-{allocation}" if allocation else "")
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.lstat().st_uid
    if owner != os.getuid():
        raise PermissionError(
            f"{folder} belongs to user {owner}, expected {os.getuid()}; set TMPDIR to a folder of your own"
        )
    return folder


def _take(file: Path) -> bool:
    handle = open(file, "a")  # noqa: SIM115
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return False
    _held.append(handle)
    return True
