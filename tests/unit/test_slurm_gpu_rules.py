"""profiles/slurm names the rules with a GPU, for users to give each a model; rules/ decides which they are."""

import re

from studies import PROJECT


def rules_with_gpu() -> set[str]:
    """Return the rules that ask for a GPU, and those that are used as another that does."""
    text = "".join(path.read_text() for path in sorted(PROJECT.glob("rules/*.smk")))
    parts = re.split(r"^ *(?:use rule \w+ as|rule) (?=\w+(?: with)?:$)", text, flags=re.MULTILINE)[1:]
    named = {part.partition(":")[0].removesuffix(" with") for part in parts if "**gpu_job(" in part}
    return named | {copy for rule, copy in re.findall(r"use rule (\w+) as (\w+)", text) if rule in named}


def test_the_profile_names_every_rule_with_a_gpu_and_no_other():
    profile = (PROJECT / "profiles/slurm/config.yaml").read_text()
    named = re.findall(r"^#   (\w+): [&*]gpu$", profile, re.MULTILINE)
    assert set(named) == rules_with_gpu()
    assert len(named) == len(set(named))
    assert "train_lesion" in named
