"""The lines of all rows as one table in Markdown, ratios first, and as JSON."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.measuring import Line, gains, over_floor, reached

# What a CPU's table leaves open, for docs/results/gpu: what, the peer, the target.
OPEN = (
    (
        "training efficientnet_b4, 256 px, batch 16 and 64, GPU",
        "torchvision ImageFolder + DataLoader",
        "2x; 95 % of one kept batch",
    ),
    ("the whole grid of 48 lesion trainings, one GPU", "one after the other by the peer's loop", "4x"),
    ("Grad-CAM++ for the cache, GPU", "pytorch-grad-cam", "10x"),
)
EXPLANATION = """\
Medians over rounds in which ours and the peer take turns, with the lowest and the highest; the gain is that of each
round. The floor is what the ceilings allow on paper: operations over the rate of a matrix product, or bytes over that
of a copy, whichever takes longer; `over floor` is how many times as long ours takes."""
COLUMNS = ("what", "better than the peer", "target", "reached", "over floor", "ours", "peer", "peer's command")


@dataclass(frozen=True)
class Report:
    """All that one run of the benchmarks found.

    Attributes
    ----------
    lines, failed
        The lines of each row, and why a row has none, by the row's name.
    surroundings
        Machine, versions, date, command and images.
    ceilings
        Operations and bytes a second of `one` thread and of `all`.
    """

    lines: Mapping[str, Sequence[Line]]
    failed: Mapping[str, str]
    surroundings: Mapping[str, object]
    ceilings: Mapping[str, object]


def number(value: float) -> str:
    """Return a number with three digits that count."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def times(gain: float) -> str:
    """Return a gain in words: 3x, or 1/3x where ours is the worse."""
    return f"{number(gain)}x" if gain >= 1 else f"1/{number(1 / gain)}x"


def spread(values: Sequence[float], show) -> str:
    """Return the median of some rounds, and the lowest and the highest."""
    if not values:
        return ""
    middle = show(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({show(min(values))} to {show(max(values))})"


def cells(line: Line) -> list[str]:
    """Return a line's cells, in the order of `COLUMNS`."""
    floor = over_floor(line)
    return [
        line.what,
        spread(gains(line), times),
        line.target.words if line.target else "",
        {True: "yes", False: "no", None: ""}[reached(line)],
        "" if floor is None else f"{number(floor)}x",
        f"{spread(line.ours, number)} {line.unit}",
        f"{spread(line.peer, number)} {line.unit}" if line.peer else "",
        line.peer_name,
    ]


def markdown(report: Report) -> str:
    """Return the table, what it was measured on, and what each line stands for."""
    lines = [line for row in report.lines.values() for line in row]
    rows = [cells(line) for line in lines]
    rows += [[name, f"failed: {why}", *[""] * 6] for name, why in report.failed.items()]
    rows += [[what, "open: no GPU here", target, "", "", "", "", peer] for what, peer, target in still_open(report)]
    table = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    notes = dict.fromkeys(f"- {line.what}: {line.note}" for line in lines if line.note)
    return "\n".join(
        [
            "# Speed and memory compared with common alternatives",
            "",
            surroundings_in_words(report),
            "",
            *("| " + " | ".join(row) + " |" for row in table),
            "",
            EXPLANATION,
            "",
            *notes,
            "",
        ]
    )


def still_open(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Return what was not measured, since networks computed on the CPU."""
    return OPEN if report.surroundings["device"] == "cpu" else ()


def surroundings_in_words(report: Report) -> str:
    """Return when, where and how the benchmarks ran."""
    around, machine = report.surroundings, report.surroundings["machine"]
    words = [
        f"`{around['command']}`, {around['date']}, on {around['images']}.",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']};",
        ", ".join(f"{name} {version}" for name, version in around["versions"].items()) + ".",
    ]
    if around["quick"]:
        words.append("**Sizes of a test: the figures mean nothing.**")
    if machine["load"] > 0.5:
        words.append(f"**The machine was busy (load {machine['load']}): the figures are not to be trusted.**")
    for name, ceiling in report.ceilings.items():
        rates = f"{number(ceiling.operations / 1e9)} GFLOP/s and {number(ceiling.bytes / 1e9)} GB/s"
        words.append(f"Ceiling of `{name}` ({ceiling.what}): {rates}.")
    return "\n".join(words)


def as_json(report: Report) -> dict:
    """Return everything that was found, with every round's value."""
    rows = {
        name: [
            asdict(line) | {"gains": gains(line), "over_floor": over_floor(line), "reached": reached(line)}
            for line in lines
        ]
        for name, lines in report.lines.items()
    }
    return {
        **report.surroundings,
        "ceilings": {name: asdict(ceiling) for name, ceiling in report.ceilings.items()},
        "rows": rows,
        "failed": dict(report.failed),
        "open": [dict(zip(("what", "peer", "target"), entry, strict=True)) for entry in still_open(report)],
    }
