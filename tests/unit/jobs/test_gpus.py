"""GPUs shared out among jobs: how many there are, one process a slot, slots of killed processes free again."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pytest
import torch

from selcn.jobs import device, gpus
from selcn.jobs.environment import save_every, tell_jobs
from selcn.jobs.gpus import claim_gpu, devices_of, gpu_slots, slot_folder, visible_gpus

LIBRARY = Path(__file__).resolve().parents[3] / "workflow_scripts"
LISTING = """GPU 0: NVIDIA RTX A6000 (UUID: GPU-aa-11)
GPU 1: NVIDIA RTX A6000 (UUID: GPU-bb-22)
"""
SLICED = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aa-11)
  MIG 3g.40gb     Device  0: (UUID: MIG-cc-33)
  MIG 3g.40gb     Device  1: (UUID: MIG-dd-44)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-bb-22)
"""
HOLDER = """
import logging, sys
from pathlib import Path
from selcn.jobs import gpus
gpus.PATIENCE = 0.02
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
gpus.claim_gpu(["0", "1"], int(sys.argv[2]), Path(sys.argv[1]))
sys.stdin.read()
"""
CONTENDER = """
import os, sys, time
from pathlib import Path
from selcn.jobs import gpus
gpus.PATIENCE = 0.02
record = os.open(Path(sys.argv[1]) / "record", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
gpu = gpus.claim_gpu(["0", "1"], 1, Path(sys.argv[1]))
os.write(record, f"{gpu} begins\\n".encode())
time.sleep(0.05)
os.write(record, f"{gpu} ends\\n".encode())
"""


@pytest.fixture
def start(tmp_path):
    """Start a process that runs a program with the folder of the slots; none outlives the test."""
    started = []

    def start(program: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-c", program, str(tmp_path), *arguments]
        environment = os.environ | {"PYTHONPATH": str(LIBRARY)}
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a program in the place of `nvidia-smi`."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def install(program: bytes, mode: int = 0o755) -> None:
        path = tmp_path / "bin" / "nvidia-smi"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(program)
        path.chmod(mode)
        # Nothing else is found, such as this machine's own.
        monkeypatch.setenv("PATH", f"{path.parent}:/bin")

    return install


@pytest.fixture
def nvidia_smi(install):
    """Put a stand-in that prints a listing in the place of `nvidia-smi`."""

    def print_listing(listing: str, code: int = 0) -> None:
        install(f"#!/bin/sh\n[ \"$1\" = -L ] && cat <<'END'\n{listing}END\nexit {code}\n".encode())

    return print_listing


def test_gpus_are_counted_by_what_the_system_lists(nvidia_smi, caplog):
    nvidia_smi(LISTING)
    assert visible_gpus() == ["GPU-aa-11", "GPU-bb-22"]
    assert [gpu_slots(visible_gpus(), jobs_per_gpu) for jobs_per_gpu in (1, 3)] == [2, 6]
    assert not caplog.messages


def test_a_sliced_gpu_counts_by_its_slices():
    assert devices_of(SLICED) == ["MIG-cc-33", "MIG-dd-44", "GPU-bb-22"]


def test_a_machine_without_gpu_has_the_slots_of_one(monkeypatch, tmp_path, caplog):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert visible_gpus() == []
    assert (gpu_slots([], 1), gpu_slots([], 3)) == (1, 3)
    assert not caplog.messages


NO_DRIVER = b"#!/bin/sh\necho 'NVIDIA-SMI has failed: no driver.'\nexit 9\n"
GARBAGE = b"#!/bin/sh\nprintf 'GPU 0: \\377\\376 ?\\nrubbish\\n'\n"


@pytest.mark.parametrize(
    ("program", "mode", "said"),
    [
        (NO_DRIVER, 0o755, "lists no GPU (exit code 9: NVIDIA-SMI has failed: no driver.)"),
        (GARBAGE, 0o755, "lists no GPU (exit code 0: GPU 0: \ufffd\ufffd ? rubbish)"),
        (b"#!/bin/sh\nprintf 'UUID: a\\033[31m\\000'\n", 0o755, "lists no GPU (exit code 0: UUID: a [31m)"),
        (b"#!/bin/sh\n", 0o755, "lists no GPU (exit code 0: no output)"),
        (b"#!/bin/sh\n", 0o644, "cannot be run (Permission denied)"),
        (b"\x7fELF of another machine", 0o755, "cannot be run (Exec format error)"),
        (b"#!/no/such/shell\n", 0o755, None),
    ],
)
def test_where_nvidia_smi_lists_nothing_a_sentence_says_so_and_no_gpu_is_counted(install, caplog, program, mode, said):
    install(program, mode)
    assert visible_gpus() == []
    hint = "no GPU is counted; check the driver, or name the GPUs in CUDA_VISIBLE_DEVICES"
    assert caplog.messages == ([] if said is None else [f"nvidia-smi {said}: {hint}"])


def test_an_nvidia_smi_that_hangs_and_cannot_be_killed_is_not_waited_for(install, monkeypatch, caplog):
    install(b"#!/bin/sh\nexec sleep 30\n")
    stuck = []
    monkeypatch.setattr(gpus, "LISTING_TIMEOUT", 0.2)
    monkeypatch.setattr(subprocess.Popen, "kill", lambda process: stuck.append(process))
    try:
        assert visible_gpus() == []
        assert stuck[0].poll() is None, "it was waited for"
    finally:
        for process in stuck:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert [message.split(":")[0] for message in caplog.messages] == ["nvidia-smi did not answer within 0.2 s"]


@pytest.mark.parametrize(
    ("named", "devices"),
    [("2, 3", ["2", "3"]), ("GPU-aa-11", ["GPU-aa-11"]), ("", []), ("-1", []), ("0,-1,1", ["0"]), ("NoDevFiles", [])],
)
def test_gpus_that_the_environment_names_are_these(nvidia_smi, monkeypatch, named, devices):
    nvidia_smi(LISTING)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert visible_gpus() == devices


def test_each_job_has_a_gpu_of_its_own_and_the_next_has_that_of_one_that_was_killed(start):
    first, second = start(HOLDER, "1"), start(HOLDER, "1")
    held = [process.stdout.readline() for process in (first, second)]
    assert sorted(held) == ["GPU 0, slot 1 of 1\n", "GPU 1, slot 1 of 1\n"]
    third = start(HOLDER, "1")
    assert third.stdout.readline() == "waiting for a GPU: other jobs hold all 2 slots of 0, 1\n"
    first.kill()
    assert third.stdout.readline() == held[0]
    assert second.poll() is None


def test_several_jobs_a_gpu_are_spread_over_all_gpus_first(start):
    claimed = [start(HOLDER, "2").stdout.readline() for _ in range(4)]
    assert claimed == [f"GPU {gpu}, slot {slot} of 2\n" for slot in (1, 2) for gpu in (0, 1)]


def test_no_two_of_many_jobs_hold_one_slot(start, tmp_path):
    assert [process.wait(120) for process in [start(CONTENDER) for _ in range(8)]] == [0] * 8
    holders = Counter()
    for line in (tmp_path / "record").read_text().splitlines():
        gpu, what = line.split()
        holders[gpu] += 1 if what == "begins" else -1
        assert 0 <= holders[gpu] <= 1
    assert holders.keys() <= {"0", "1"}


@pytest.fixture
def seen(monkeypatch, tmp_path):
    """What `CUDA_VISIBLE_DEVICES` is when torch first asks for CUDA, with slots in a folder of the test's own."""
    seen = []
    monkeypatch.setattr(gpus.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(gpus, "_held", [])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(seen.append(os.environ.get("CUDA_VISIBLE_DEVICES"))))
    device.pick_device.cache_clear()
    yield seen
    device.pick_device.cache_clear()


def test_the_gpu_is_claimed_once_and_before_cuda_is_asked_for(nvidia_smi, monkeypatch, seen):
    nvidia_smi(LISTING)
    monkeypatch.setenv("SELCN_GPUS", "5,6")
    monkeypatch.setenv("SELCN_JOBS_PER_GPU", "1")
    assert device.pick_device() is device.pick_device()
    assert seen == ["5"]


def test_where_the_cluster_shares_the_gpus_out_nothing_is_claimed(nvidia_smi, monkeypatch, seen, tmp_path):
    nvidia_smi(LISTING)
    monkeypatch.setenv("SELCN_GPUS", "")
    device.pick_device()
    assert seen == [None]
    assert not list(tmp_path.glob("selcn-gpus-*"))


def test_the_slots_lie_in_a_private_folder_one_for_each_allocation_of_slurm(monkeypatch, tmp_path):
    monkeypatch.setattr(gpus.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert slot_folder() == tmp_path / f"selcn-gpus-{os.getuid()}"
    assert slot_folder().stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    assert slot_folder() == tmp_path / f"selcn-gpus-{os.getuid()}-4711"


def test_a_folder_of_somebody_else_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(gpus.tempfile, "gettempdir", lambda: str(tmp_path))
    slot_folder()
    monkeypatch.setattr(gpus.os, "getuid", lambda: 12345)
    (tmp_path / "selcn-gpus-12345").mkdir()
    with pytest.raises(PermissionError, match="set TMPDIR to a folder of your own"):
        claim_gpu(["0"], 1)


@pytest.mark.parametrize("shared", [["GPU-aa-11", "GPU-bb-22"], []])
def test_jobs_are_told_the_machine_s_settings_through_the_environment(monkeypatch, tmp_path, shared):
    expected = {
        "SELCN_JOB": "1",
        "SELCN_ALLOW_CPU": "0",
        "SELCN_GPUS": ",".join(shared),
        "SELCN_JOBS_PER_GPU": "2",
        "SELCN_SAVE_EVERY": "2.5",
    }
    for name in expected:
        monkeypatch.setenv(name, "inherited")
    tell_jobs({"allow_cpu": False, "save_every": 2.5}, shared_gpus=shared, jobs_per_gpu=2, clone=tmp_path)
    assert {name: os.environ[name] for name in expected} == expected
    assert save_every() == 2.5


@pytest.mark.parametrize(("own", "told"), [(None, "1"), ("0", "0")])
def test_jobs_ask_for_huge_pages_unless_the_user_says_otherwise(monkeypatch, tmp_path, own, told):
    monkeypatch.delenv("THP_MEM_ALLOC_ENABLE", raising=False)
    if own:
        monkeypatch.setenv("THP_MEM_ALLOC_ENABLE", own)
    with patch.dict(os.environ):
        tell_jobs({"allow_cpu": False, "save_every": 0}, shared_gpus=[], jobs_per_gpu=1, clone=tmp_path)
        assert os.environ["THP_MEM_ALLOC_ENABLE"] == told
