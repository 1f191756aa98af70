"""profiles/slurm puts small jobs into groups, by the names of their rules; rules/ decides which there are."""

import re

import pytest
import yaml

from rule_files import rules, rules_with_gpu
from studies import PROJECT

STAGES = ("segmentation", "symmetry", "lesion", "isic2016")
RULES = {
    name.format(stage=stage, lesion_dataset="ham10000", network="lesion") for name, _, _ in rules() for stage in STAGES
}


@pytest.fixture(scope="module")
def profile() -> dict:
    return yaml.safe_load((PROJECT / "profiles/slurm/config.yaml").read_text())


def test_every_grouped_rule_is_there_and_has_no_gpu(profile):
    assert set(profile["groups"]) <= RULES
    assert not set(profile["groups"]) & rules_with_gpu()


def test_a_rule_whose_failure_is_a_finding_is_in_no_group(profile):
    assert "audit_leaks" in RULES
    assert "audit_leaks" not in profile["groups"]


def test_every_number_of_components_is_of_a_group(profile):
    assert set(profile["group-components"]) <= set(profile["groups"].values())


def test_every_evaluation_table_and_figure_is_in_a_group(profile):
    small = re.compile("(evaluate|localise|write|draw)_")
    # Of all data sets together: of no protocol. Of all cells together, or exporting networks: not small.
    left_out = {"draw_duplicates", "evaluate_external", "write_bundle"}
    assert {rule for rule in RULES if small.match(rule)} - set(profile["groups"]) == left_out
