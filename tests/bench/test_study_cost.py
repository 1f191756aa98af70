"""What the default study takes: stages, work and size against config.yaml and hand-made plans."""

import json
from collections import Counter

import pytest
import yaml

from benchmarks.study_cost import FOLDER, NOTHING, Cost, cost_of, costs, jobs_before, plan_of, table
from benchmarks.study_size import sizes
from benchmarks.study_work import EPOCHS, GPU_RULES, GPU_WORK, MALIGNANCY, STAGES, STARTS, TRIALS
from rule_files import rules_with_gpu
from selcn.design.cam_sources import lesion_cells
from studies import PROJECT

SAID = """\
Job stats:
job             count
------------  -------
train_lesion        2
evaluate_lesion     3
all                 1
total               6

[Mon] Group job evaluation-thesis (jobs in lexicogr. order):
    [Mon]
    Job 1: Evaluate
    [Mon]
    Job 2: Evaluate
[Mon] Group job evaluation-leakfree (jobs in lexicogr. order):
    Job 3: Evaluate
[Mon]
Job 4: Train
"""
RATES = json.loads((FOLDER / "rates.json").read_text())["rates"]
CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text())


def test_a_plan_has_jobs_and_of_slurm_s_a_group_as_one():
    plan = plan_of(SAID)
    assert plan.jobs == Counter(train_lesion=2, evaluate_lesion=3)
    assert plan.submitted == 4


def test_a_stage_takes_the_starts_of_its_jobs_and_its_work():
    rates = {what: 1.0 for what in RATES}
    images = sum(count for _, count in GPU_WORK["lesion networks"])
    once = cost_of("lesion networks", {"train_lesion": 1}, rates)
    twice = cost_of("lesion networks", {"train_lesion": 2}, rates)
    assert once.gpu_hours == pytest.approx((images + STARTS["gpu"]) / 3600)
    assert twice.gpu_hours - once.gpu_hours == pytest.approx(STARTS["gpu"] / 3600)
    assert once.processor_hours == once.gpu_hours
    tables = cost_of("tables and figures", {"write_tables": 10}, rates)
    assert (tables.jobs, tables.gpu_hours) == (10, 0)
    assert tables.processor_hours == pytest.approx(10 * STARTS["processor"] / 3600)


def test_every_rule_of_before_is_in_one_stage_and_a_new_one_is_told_of():
    assert sum(costs(jobs_before(), RATES).values(), NOTHING).jobs == jobs_before().total() == 925
    with pytest.raises(ValueError, match="rules train_everything: expected each in one of STAGES"):
        costs({"train_everything": 1}, RATES)


def test_the_rules_with_a_gpu_are_those_of_the_workflow():
    assert rules_with_gpu() <= GPU_RULES


def test_rates_are_known_of_all_work():
    assert {what for work in GPU_WORK.values() for what, _ in work} <= set(RATES)


def test_the_work_is_that_of_config_yaml():
    lesion = CONFIG["lesion"]
    each = len(CONFIG["protocols"]) * lesion["folds"] * len(lesion["seeds"])
    networks = {
        7_137: each * len(lesion_cells(lesion["sham"], lesion["oracle"])),
        540: each * len(lesion_cells(sham=False, oracle=False)),
    }
    trained = sum(count for what, count in GPU_WORK["lesion networks"] if what.startswith("train "))
    assert trained == EPOCHS * sum(images * count for images, count in networks.items())
    assert CONFIG["search"]["trials"] == TRIALS
    assert {f"train {name}" for name in CONFIG["symmetry"]["backbones"]} <= {what for what, _ in GPU_WORK["backbones"]}
    assert sum(MALIGNANCY) == 2_000


def test_the_table_s_last_line_is_the_sum():
    before = {"a": Cost(1, 2.0, 3.0), "b": Cost(10, 20.0, 30.0)}
    lines = table(before, {"a": Cost(1, 1.0, 1.0), "b": Cost(2, 2.0, 2.0)})
    assert lines[-1] == "| **all** | 11 | 3 | 22.0 | 3.0 | 33.0 | 3.0 |"


def test_sizes_are_those_of_the_trainings_of_before():
    networks = {what: files for what, files, _, _ in sizes() if what.endswith("networks")}
    jobs = jobs_before()
    assert networks["lesion networks"] == jobs["train_lesion"]
    assert networks["other networks"] == sum(
        jobs[rule] for rule in ("train_segmentation", "train_backbone", "train_symmetry")
    )
    assert set(STAGES) >= set(GPU_WORK)
