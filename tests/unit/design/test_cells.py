"""Names of ablation cells, composed and split."""

import re

import pytest

from selcn.design.cam_sources import SHAMS, is_oracle, lesion_cells
from selcn.design.cells import CELLS, cell_of, mask_of, split_cell, takes_cams
from studies import PROJECT

# A cell's name put together or taken apart as text; a name that is written out is none.
PARSED = re.compile(
    r"""cls-\{|removeprefix\(["'](cls|sym)-|(starts|ends)with\(f?["'](cls-|_sym-)|split\(["']_sym-?["']"""
)


def test_the_thesis_s_twelve_are_in_its_order():
    assert CELLS[:5] == (
        "cls-none_sym-off",
        "cls-none_sym-none",
        "cls-none_sym-seg",
        "cls-none_sym-lae",
        "cls-seg_sym-off",
    )
    assert len(set(CELLS)) == 12


def test_a_name_is_taken_apart_into_what_it_was_made_of():
    for cell in lesion_cells(sham=True, oracle=True):
        assert cell_of(*split_cell(cell)) == cell
        assert mask_of(cell) == split_cell(cell)[0]


def test_every_cell_but_those_without_is_given_cams():
    without = [cell for cell in lesion_cells(sham=True, oracle=True) if not takes_cams(cell)]
    assert without == ["cls-none_sym-off", "cls-seg_sym-off", "cls-lae_sym-off"]
    assert len(lesion_cells(["none"], oracle=False)) == 12 + len(SHAMS)


def test_oracle_controls_come_after_all_others():
    names = ("oracle", "oracle50", "oracle25", "oracle10", "oracleplace")
    assert lesion_cells(["none"], ["none"])[17:] == [f"cls-none_sym-{name}" for name in names]
    assert [cell for cell in lesion_cells(["none"], ["none"]) if is_oracle(cell)] == lesion_cells(["none"], ["none"])[
        17:
    ]


@pytest.mark.parametrize(
    "name", ["cls-none", "sym-none_cls-none", "cls-_sym-", "cls-none_sym-none/", "CLS-none_sym-off", "cls-none_sym-50"]
)
def test_what_is_no_cell_is_refused(name):
    with pytest.raises(ValueError, match="is not a cell; expected cls-<none"):
        split_cell(name)


def test_no_other_module_or_rule_takes_a_name_apart():
    files = [
        *PROJECT.glob("workflow_scripts/**/*.py"),
        *PROJECT.glob("rules/*.smk"),
        *PROJECT.glob("benchmarks/**/*.py"),
    ]
    others = [file for file in files if file.name != "cells.py"]
    found = {
        f"{file.name}: {line.strip()}"
        for file in others
        for line in file.read_text().splitlines()
        if PARSED.search(line)
    }
    assert not found
