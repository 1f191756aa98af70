"""The profiles of jobs: which costs are named, and of what."""

from collections import Counter

import torch

from benchmarks.profile_jobs import SHOWN, of_operations, ours_of, report, shares


def test_costs_are_the_largest_first_as_parts_of_the_whole():
    spent = Counter({str(number): number for number in range(1, 20)})
    costs = shares(spent)
    assert [name for name, _ in costs] == [str(number) for number in range(19, 19 - SHOWN, -1)]
    assert costs[0][1] == 19 / 190


def test_a_stack_counts_for_its_innermost_line_of_ours():
    hair, decoding = "remove_hair (selcn/data/hair.py:117)", "read_image (selcn/data/hair.py:68)"
    assert ours_of(["<module> (remove_hair.py:9)", decoding, hair]) == hair
    assert ours_of([decoding, "read_bytes (pathlib.py:1051)"]) == decoding
    assert ours_of([hair, "_find_and_load (<frozen importlib._bootstrap>:1176)"]) == "imports"
    assert ours_of(["main (runpy.py:3)"]) == "main (runpy.py:3)"
    assert ours_of([""]) == "no line of Python"


def test_the_product_is_the_cost_of_a_product():
    a = torch.rand(300, 300)
    (name, share), *_ = of_operations(lambda: [a @ a for _ in range(20)])
    assert name == "aten::mm"
    assert share > 0.5


def test_the_report_has_a_row_a_cost():
    text = report({"Job": [("aten::mm", 0.5), ("aten::add", 0.25)]}, "3 photographs")
    assert "## Job" in text
    assert "| `aten::mm` | 50.0 % |" in text
