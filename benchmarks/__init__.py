"""The study's speed and memory beside what people use instead, and beside what the machine can do."""

import os
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[1]
# selcn lies in workflow_scripts, what runs a rule's script without Snakemake in tests.
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE / "tests")]
# torch's profiler otherwise reports each start and end, and that there is no GPU.
os.environ.setdefault("KINETO_LOG_LEVEL", "99")
