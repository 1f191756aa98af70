"""The device of a job: the CPU only where that is allowed, and a GPU asked for by every rule that uses one."""

import re
from pathlib import Path

import pytest
import torch

from rule_files import rules
from selcn.jobs.device import NoGpuError, pick_device
from selcn.workflow.code_digest import modules_of, read_module

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _picked_anew(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    pick_device.cache_clear()
    yield
    pick_device.cache_clear()


def test_the_cpu_where_it_is_allowed(monkeypatch):
    monkeypatch.setenv("SELCN_ALLOW_CPU", "1")
    assert pick_device() == torch.device("cpu")


@pytest.mark.parametrize("allowed", ["0", None])
def test_else_a_job_without_a_gpu_refuses_and_says_what_it_found_and_what_to_do(monkeypatch, allowed):
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    monkeypatch.delenv("SELCN_ALLOW_CPU")
    if allowed is not None:
        monkeypatch.setenv("SELCN_ALLOW_CPU", allowed)
    with pytest.raises(NoGpuError) as caught:
        pick_device()
    for said in ("is_available() is False", torch.__version__, "SLURM_JOB_ID 4711", "set allow_cpu: true"):
        assert said in str(caught.value)


def test_a_gpu_is_used_whether_or_not_the_cpu_is_allowed(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device() == torch.device("cuda")


def test_every_rule_whose_script_picks_a_device_asks_for_a_gpu_and_no_other():
    using, asking = set(), set()
    for name, _, body in rules():
        script = re.search(r'^\s+script:\s+"([^"]+)"', body, re.MULTILINE)
        code = modules_of(ROOT / "rules" / script[1]) if script else []
        # jobs/ itself is no part of the code.
        if "device.py" in {path.name for file in code for path in read_module(file).imports}:
            using.add(name)
        if "gpu_job(" in body:
            asking.add(name)
    assert len(using) >= 10
    # A copy has the script of the rule that it is made from.
    # Bundles are written on the CPU: networks are exported there.
    assert using - {"write_bundle"} == asking - {name for name, base, _ in rules() if base}
