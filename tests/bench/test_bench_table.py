"""The benchmarks' table and JSON, by hand-made lines."""

import json

import pytest

from benchmarks.ceilings import Ceiling
from benchmarks.measuring import Line, Target
from benchmarks.table import COLUMNS, OPEN, Report, as_json, cells, markdown, number, spread, times

HAIR = Line("hair", "images/s", True, (90.0, 110.0, 100.0), (50.0, 50.0, 40.0), "cv2", Target("3x", gain=3), 400.0, "n")
SIZE = Line("size", "MB", False, (2.0,))


def report(load=0.1, **changes):
    machine = {"processor": "P", "cores": 2, "memory_gib": 8, "system": "Linux", "load": load}
    around = {"machine": machine, "versions": {"torch": "2"}, "date": "2026-01-01", "images": "3 drawn", "quick": False}
    around["device"] = "cpu"
    ceilings = {"one": Ceiling("1 thread", 2e9, 3e9)}
    return Report({"hair": [HAIR], "size": [SIZE]}, {"bad": "no room"}, around | {"command": "c"} | changes, ceilings)


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0"), (0.01234, "0.0123"), (3.14159, "3.14"), (99.96, "100"), (12345.6, "12,346")]
)
def test_numbers_have_three_digits(value, expected):
    assert number(value) == expected


def test_a_worse_gain_is_a_fraction():
    assert times(2.5) == "2.5x"
    assert times(0.5) == "1/2x"


def test_a_spread_is_the_median_and_the_ends():
    assert spread((1.0, 5.0, 2.0), number) == "2 (1 to 5)"
    assert spread((4.0,), number) == "4"
    assert spread((), number) == ""


def test_a_line_has_its_gain_target_and_floor():
    expected = ["hair", "2.2x (1.8x to 2.5x)", "3x", "no", "4x", "100 (90 to 110) images/s", "50 (40 to 50) images/s"]
    assert cells(HAIR) == [*expected, "cv2"]
    assert cells(SIZE) == ["size", "", "", "", "", "2 MB", "", ""]


def test_the_table_has_every_line_failures_and_what_is_open():
    text = markdown(report())
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 2 + 1 + len(OPEN)
    assert {row.count(" | ") for row in rows} == {len(COLUMNS) - 1}
    assert "| bad | failed: no room |" in text
    assert text.count("| open: no GPU here |") == len(OPEN)
    assert "Ceiling of `one` (1 thread): 2 GFLOP/s and 3 GB/s." in text
    assert "- hair: n" in text


def test_a_busy_machine_and_a_test_say_so():
    assert "**" not in markdown(report())
    assert "busy (load 1.5)" in markdown(report(load=1.5))
    assert "the figures mean nothing" in markdown(report(quick=True))


def test_the_json_has_every_round():
    written = json.loads(json.dumps(as_json(report())))
    (hair,) = written["rows"]["hair"]
    assert hair["ours"] == [90, 110, 100]
    assert hair["gains"] == [1.8, 2.2, 2.5]
    assert (hair["over_floor"], hair["reached"]) == (4, False)
    assert written["failed"] == {"bad": "no room"}
    assert written["ceilings"]["one"]["bytes"] == 3e9
    assert len(written["open"]) == len(OPEN)
