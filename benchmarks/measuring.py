"""Repeated runs of ours and of its peers in turn, so that whatever else the machine does falls on all alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Values = tuple[float, ...]


@dataclass(frozen=True)
class Target:
    """What a figure is to reach.

    Attributes
    ----------
    words
        As the table says it.
    gain
        Least gain over the peer; None asks for none.
    most
        Greatest value, in the line's unit; None asks for none.
    """

    words: str
    gain: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Line:
    """One figure beside its peer's and beside the limit.

    Attributes
    ----------
    what
        What was measured, with its sizes.
    unit
        Of the values.
    higher_is_better
        Whether the values are rates, or else costs.
    ours, peer
        A value a round, in the order of the rounds; the peer's may be none.
    peer_name
        What people run, or the command.
    target
        What the figure is to reach; None: it is shown beside others.
    floor
        What the machine's ceilings allow on paper, in the line's unit.
    note
        What the figure stands for, and what stands in the way of its target.
    """

    what: str
    unit: str
    higher_is_better: bool
    ours: Values
    peer: Values = ()
    peer_name: str = ""
    target: Target | None = None
    floor: float | None = None
    note: str = ""


def rounds(runs: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Values]:
    """Return the seconds that each run took in each round, after a round that is not counted.

    Every other round goes through the runs backwards: none always follows the same one.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(-1, repeats):
        for name in list(runs)[:: -1 if repeat % 2 else 1]:
            begun = time.perf_counter()
            runs[name]()
            seconds[name].append(time.perf_counter() - begun)
    return {name: tuple(values[1:]) for name, values in seconds.items()}


def rates(work: float, seconds: Sequence[float]) -> Values:
    """Return how much was done a second, in each round."""
    return tuple(work / value for value in seconds)


def gains(line: Line) -> Values:
    """Return how many times better ours is than the peer, round by round; above 1 it is better."""
    pairs = zip(line.ours, line.peer, strict=True) if line.peer else ()
    return tuple(ours / peer if line.higher_is_better else peer / ours for ours, peer in pairs)


def over_floor(line: Line) -> float | None:
    """Return how many times the floor's cost ours has."""
    if line.floor is None:
        return None
    ours = statistics.median(line.ours)
    return line.floor / ours if line.higher_is_better else ours / line.floor


def reached(line: Line) -> bool | None:
    """Return whether the median reaches the target; None where there is none."""
    if line.target is None:
        return None
    if line.target.gain is not None and statistics.median(gains(line)) < line.target.gain:
        return False
    return line.target.most is None or statistics.median(line.ours) <= line.target.most
