"""The benchmarks' measuring, by hand-made numbers; nothing here goes by the clock."""

import sys

import pytest

from benchmarks.ceilings import Ceiling
from benchmarks.measuring import Line, Target, gains, over_floor, rates, reached, rounds
from benchmarks.processes import CommandError, run


def line(**values):
    return Line(**{"what": "x", "unit": "images/s", "higher_is_better": True, "ours": (6.0, 8.0), **values})


def test_rounds_take_turns_forwards_and_backwards_after_one_that_is_not_counted():
    calls = []
    seconds = rounds({name: lambda name=name: calls.append(name) for name in "abc"}, repeats=2)
    assert "".join(calls) == "cba" + "abc" + "cba"
    assert {name: len(values) for name, values in seconds.items()} == {"a": 2, "b": 2, "c": 2}
    assert min(min(values) for values in seconds.values()) >= 0


def test_a_gain_is_that_of_each_round_and_above_1_where_ours_is_better():
    assert gains(line(peer=(2.0, 4.0))) == (3.0, 2.0)
    assert gains(line(peer=(2.0, 4.0), higher_is_better=False)) == (1 / 3, 0.5)
    assert gains(line()) == ()


def test_rates_are_work_over_seconds():
    assert rates(12, (3.0, 4.0)) == (4.0, 3.0)


def test_over_the_floor_is_how_many_times_the_least_cost():
    assert over_floor(line(floor=70.0)) == 10
    assert over_floor(line(floor=3.5, higher_is_better=False)) == 2
    assert over_floor(line()) is None


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (None, None),
        (Target("2x", gain=2), True),
        (Target("3x", gain=3), False),
        (Target("7", most=7), True),
        (Target("6", most=6), False),
        (Target("both", gain=2, most=6), False),
    ],
)
def test_a_target_is_reached_by_the_medians(target, expected):
    assert reached(line(peer=(3.0, 4.0), target=target)) is expected


def test_a_floor_is_the_larger_of_operations_over_rate_and_bytes_over_bandwidth():
    ceiling = Ceiling("1 thread", operations=100.0, bytes=10.0)
    assert ceiling.floor(operations=300, moved=20) == 3
    assert ceiling.floor(operations=100, moved=20) == 2
    assert ceiling.floor(moved=5) == 0.5


def test_a_command_is_measured_and_one_that_fails_or_takes_too_long_is_an_error(tmp_path, monkeypatch):
    usage = run([sys.executable, "-c", "print(sum(range(10**6)))"], tmp_path)
    assert usage.output == "499999500000\n"
    assert min(usage.seconds, usage.cpu_seconds, usage.megabytes) > 0
    with pytest.raises(CommandError, match=r"exit status 3\nsorry"):
        run([sys.executable, "-c", "print('sorry'); raise SystemExit(3)"], tmp_path)
    monkeypatch.setattr("benchmarks.processes.LIMIT", 0.2)
    with pytest.raises(CommandError, match="exit status -9"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path)
