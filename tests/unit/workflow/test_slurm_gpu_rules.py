"""profiles/slurm names the rules with a GPU, for users to give each a model; rules/ decides which they are."""

import re

from rule_files import rules_with_gpu
from studies import PROJECT


def test_the_profile_names_every_rule_with_a_gpu_and_no_other():
    profile = (PROJECT / "profiles/slurm/config.yaml").read_text()
    named = re.findall(r"^#   (\w+): [&*]gpu$", profile, re.MULTILINE)
    assert set(named) == rules_with_gpu()
    assert len(named) == len(set(named))
    assert {"train_lesion_ham10000", "train_lesion_isic2016"} <= set(named)
