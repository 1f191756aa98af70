"""Targets that no rule makes are refused, with the nearest that can be made."""

from types import SimpleNamespace

import pytest

from selcn.data.datasets.ids import IMAGE_ID
from selcn.workflow.targets import Patterns

RULES = [
    SimpleNamespace(output=["results/{protocol}/lesion/{cell}/metrics.json"]),
    # Snakemake puts a constraint after the name, also the rule's own; the second has braces of its own.
    SimpleNamespace(output=["results/{protocol,leakfree}/search/{cell}/best.yaml"]),
    SimpleNamespace(
        output=[f"results/{{protocol}}/inspect/{{dataset}}/{{image_id,{IMAGE_ID}}}.png", "results/report.html"]
    ),
]
VALUES = {
    "protocol": ["thesis", "leakfree"],
    "cell": ["cls-none_sym-off", "cls-none_sym-lae"],
    "dataset": ["ham10000", "isic2019"],
    "image_id": IMAGE_ID,
}
PATTERNS = Patterns.of_rules(RULES, VALUES)


@pytest.mark.parametrize(
    "target",
    [
        "results/thesis/lesion/cls-none_sym-lae/metrics.json",
        "results/thesis/inspect/ham10000/ISIC_0024306.png",
        "results/report.html",
    ],
)
def test_what_a_rule_makes_is_not_refused(target):
    assert PATTERNS.refusal(target) is None


@pytest.mark.parametrize(
    ("target", "nearest"),
    [
        ("results/thesis/lesion/cls-none_sym-las/metrics.json", "results/thesis/lesion/cls-none_sym-lae/metrics.json"),
        ("results/thesi/lesion/cls-none_sym-off/metrics.json", "results/thesis/lesion/cls-none_sym-off/metrics.json"),
        ("results/thesis/inspect/ham1000/ISIC_1.png", "results/thesis/inspect/ham10000/ISIC_1.png"),
        ("results/thesis/lesion/cls-none_sym-off/metrics.jsn", "results/thesis/lesion/cls-none_sym-off/metrics.json"),
    ],
)
def test_what_no_rule_makes_is_refused_with_the_nearest(target, nearest):
    message = PATTERNS.refusal(target)
    assert message.startswith(f"{target}: no rule makes")
    assert nearest in message


def test_a_rule_s_own_constraint_narrows_a_wildcard():
    made = "results/leakfree/search/cls-none_sym-off/best.yaml"
    assert PATTERNS.refusal(made) is None
    message = PATTERNS.refusal(made.replace("leakfree", "thesis"))
    assert made in message
    assert message.count("thesis/search") == 1


@pytest.mark.parametrize("image_id", ["../../x", ".x", "a b", "a" * 101])
def test_ids_do_not_leave_their_folder_and_are_file_names(image_id):
    assert PATTERNS.refusal(f"results/thesis/inspect/ham10000/{image_id}.png") is not None
