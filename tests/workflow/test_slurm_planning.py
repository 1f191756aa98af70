"""What is planned for Slurm: the minutes that jobs ask for, the default study's jobs in groups and in the demo."""

import os
import re
import subprocess
import sys
from collections import Counter

import pytest
import yaml

from benchmarks.plan_study import write_label_tables
from benchmarks.study_cost import plan_of
from studies import PROJECT

pytestmark = pytest.mark.workflow

SNAKEFILE = f"""
import sys
sys.path.insert(0, "{PROJECT}/workflow_scripts")
include: "{PROJECT}/rules/resources.smk"

rule train:
    output: "trained"
    resources: runtime=near_records(720)
    shell: "touch {{output}}"

use rule train as train_again with:
    output: "trained-again"
"""


def planned(folder, *arguments: str) -> str:
    """Return what a dry run says."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", *arguments]
    environment = os.environ | {"PWD": str(folder)}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.fixture
def timed(tmp_path):
    """Return a folder with a workflow of two rules, of which one has a job that took 20 minutes."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    log = tmp_path / "logs/train/a.log"
    log.parent.mkdir(parents=True)
    log.write_text("12:00:59 done in 1200.0 s, at most 861 MB of memory, 4.6 s of processor time\n")
    return tmp_path


def minutes(folder, *arguments: str) -> dict[str, int]:
    """Return the minutes that each rule's job asks for."""
    said = planned(folder, "trained", "trained-again", *arguments)
    return {rule: int(asked) for rule, asked in re.findall(r"^rule (\w+):.*?runtime=(\d+)", said, re.M | re.S)}


@pytest.mark.parametrize(
    ("attempt", "timed_rule", "other_rule"),
    [("1", 35, 720), ("2", 720, 1440), ("5", 2160, 2880)],
)
def test_a_cluster_is_asked_for_minutes_near_the_last_ones_and_for_more_at_each_attempt(
    attempt, timed_rule, other_rule, timed
):
    asked = minutes(timed, "--jobs", "2", "--executor", "slurm", "--attempt", attempt)
    assert asked == {"train": timed_rule, "train_again": other_rule}


def test_on_one_machine_no_record_is_looked_for(timed):
    assert minutes(timed, "--cores", "2") == {"train": 720, "train_again": 720}


@pytest.fixture(scope="module")
def default_study(tmp_path_factory) -> str:
    """Return what a dry run of the default study through the profile says."""
    folder = tmp_path_factory.mktemp("default")
    (folder / "data.yaml").write_text(yaml.safe_dump(write_label_tables(folder, 10)))
    arguments = ["--profile", "profiles/slurm", "--directory", str(folder / "study"), "--quiet", "host"]
    return planned(PROJECT, "all", *arguments, "--configfile", str(folder / "data.yaml"))


def test_the_default_study_s_groups_can_be_planned_and_have_few_jobs(default_study):
    groups = Counter(re.findall(r"Group job (\S+)", default_study))
    assert {"evaluation-thesis", "evaluation-leakfree", "report-thesis", "report-leakfree"} < set(groups)
    grouped = len(re.findall(r"^ +Job \d+:", default_study, re.MULTILINE))
    assert grouped > 2 * groups.total()
    assert max(groups["evaluation-thesis"], groups["report-thesis"]) < 10


def test_every_rule_of_the_default_study_runs_in_the_demo(default_study, tmp_path):
    demo = planned(PROJECT, "all", "--profile", "profiles/demo", "--directory", str(tmp_path), "--quiet", "host")
    missing = set(plan_of(default_study).jobs) - set(plan_of(demo).jobs)
    assert not missing
