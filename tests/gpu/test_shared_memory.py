"""Two jobs on one GPU, each with arrays for its half of the budget."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
# A budget of 128 MB in place of half the GPU: 64 MB for each of two jobs.
JOB = """
import sys
import numpy as np, torch
from selcn.training import residency
from selcn.training.ahead import ReadAhead
device = torch.device("cuda")
residency.RESIDENT_SHARE = 128e6 / torch.cuda.mem_get_info(device)[1]
held = [residency.resident(np.ones((megabytes, 10**6), np.uint8), device) for megabytes in (40, 40, 20)]
print(*("ahead" if isinstance(array, ReadAhead) else array.device.type for array in held), flush=True)
sys.stdin.read()
"""


def test_two_jobs_that_share_a_gpu_have_half_of_the_budget_each(device):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent / "workflow_scripts"), *sys.path])}
    environment["SELCN_JOBS_PER_GPU"] = "2"
    jobs = [
        subprocess.Popen([sys.executable, "-c", JOB], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        # Both hold their arrays until both have said so.
        assert [job.stdout.readline() for job in jobs] == [b"cuda ahead cuda\n"] * 2
    finally:
        for job in jobs:
            job.communicate()
