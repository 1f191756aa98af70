"""What a job imports is out of the garbage collector's sight; everywhere else the collector is as Python has it."""

import os
import subprocess
import sys

from studies import PROJECT

SCRIPT = """
import gc, sys
from types import SimpleNamespace
from selcn.storage.artifacts import write_json
print(gc.isenabled())
from selcn.jobs.job import job
with job(SimpleNamespace(input=[], output=[], params={}, log=[sys.argv[1]])):
    print(gc.isenabled(), gc.get_freeze_count() > 1000)
"""


def run(folder, **environment: str) -> list[str]:
    surroundings = {name: value for name, value in os.environ.items() if name != "SELCN_JOB"} | environment
    command = [sys.executable, "-c", SCRIPT, str(folder / "a.log")]
    surroundings["PYTHONPATH"] = str(PROJECT / "workflow_scripts")
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_job_collects_after_its_imports_and_passes_over_them(tmp_path):
    assert run(tmp_path, SELCN_JOB="1") == ["False", "True True"]


def test_whoever_imports_the_library_elsewhere_keeps_the_collector(tmp_path):
    assert run(tmp_path) == ["True", "True False"]
