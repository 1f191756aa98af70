"""The page that shows a study's status, in a terminal or as plain text."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from selcn.status.job_logs import SILENT_AFTER, JobLog, State, read_logs
from selcn.status.networks import NetworkState, network_states
from selcn.status.stages import Counts, counts, data_stages, failed_networks, protocol_stages
from selcn.workflow.study import Study

MARKS = {
    State.FINISHED: ("#", "green"),
    State.RUNNING: (">", "bold cyan"),
    State.FAILED: ("!", "bold red"),
    State.STOPPED: ("s", "yellow"),
    State.SILENT: ("?", "yellow"),
    State.WAITING: (".", "dim"),
}
"""Each state's mark in the grid, and its style."""

HEADINGS = {
    State.RUNNING: "Running",
    State.FAILED: "Failed",
    State.STOPPED: "Stopped by a signal",
    State.SILENT: f"Stopped? No end in the log, and no line for {SILENT_AFTER // 60} minutes or longer",
}
"""The states whose jobs are listed, in their order, each with its heading."""

SECTIONS = {
    "train_segmentation": "segmentation",
    "train_backbone": "symmetry",
    "train_symmetry": "symmetry",
    "train_lesion_*": "lesion",
    "train_sources": "lesion",
    "search_segmentation": "segmentation",
    "search_symmetry": "symmetry",
    "search_*": "lesion",
}
"""The rules that train, each with the section of the configuration that says for how many epochs at most.

* stands for a data set.
"""

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
# Longest error message, in letters.
_LONGEST = 300


@dataclass(frozen=True)
class Status:
    """The status of a study at one moment.

    Attributes
    ----------
    folder
        The study's folder.
    now
        The moment, in seconds since 1970.
    """

    study: Study
    folder: Path
    now: float

    def page(self) -> RenderableType:
        """Return the page: totals, jobs under way, the grid of networks, and the counts of the other stages."""
        jobs = read_logs(self.folder, self.now)
        networks = list(network_states(self.study, self.folder, jobs))
        return Group(
            totals(self.folder, networks),
            legend(),
            *job_list(jobs.values(), self.study, self.now),
            *failures(failed_networks(self.study, self.folder)),
            Text(),
            grid(networks, self.study.protocols),
            Text(),
            stage_table("Data", counts(data_stages(self.study), self.folder)),
            Text(),
            stage_table("Stages", counts(protocol_stages(self.study), self.folder)),
        )


def totals(folder: Path, networks: Sequence[NetworkState]) -> Text:
    """Return how many networks are in each state."""
    number = Counter(network.state for network in networks)
    others = "".join(f", {number[state]} {state}" for state in State if state != State.FINISHED and number[state])
    return Text(f"{folder}: {number[State.FINISHED]} of {len(networks)} networks finished{others}", style="bold")


def legend() -> Text:
    """Return what the marks of the grid mean."""
    return Text("   ").join(Text.assemble(MARKS[state], f" {state}") for state in State)


def job_list(jobs: Iterable[JobLog], study: Study, now: float) -> list[RenderableType]:
    """Return the jobs that run, failed or stopped, each with its progress; those that run first."""
    order = list(HEADINGS)
    shown = sorted((job for job in jobs if job.state in order), key=lambda job: order.index(job.state))
    lines: list[RenderableType] = []
    for state, group in groupby(shown, key=lambda job: job.state):
        lines += [Text(), Text(HEADINGS[state], style=MARKS[state][1])]
        for job in group:
            lines += [indented(f"{job.name}, {ago(now - job.changed)}", 2), indented(progress(job, study), 4)]
    return lines


def progress(job: JobLog, study: Study) -> str:
    """Return what a job does, or what it ended with."""
    section = next((section for rule, section in SECTIONS.items() if fnmatchcase(job.rule, rule)), None)
    if job.state == State.FAILED or section is None or not job.trainings:
        return shortened(job.last) or "starting"
    parts = [f"epoch {job.epoch}/{study.config[section]['training']['epochs']}"]
    parts += [f"{name} loss {loss}" for name, loss in zip(("training", "validation"), job.losses, strict=False)]
    if job.trial:
        parts.insert(0, f"trial {job.trial}")
    elif job.rule != "train_segmentation":  # whose name has the fold
        # Sources times folds.
        parts.insert(0, f"{'training' if job.rule == 'train_sources' else 'fold'} {job.training}")
    return ", ".join(parts)


def failures(reasons: Mapping[str, str]) -> list[RenderableType]:
    """Return the models and cells that failed although their jobs finished, each with the reason."""
    if not reasons:
        return []
    heading = Text("Finished, but failed: no values in any table", style=MARKS[State.FAILED][1])
    return [Text(), heading, *(indented(f"{name}: {reason}", 2) for name, reason in reasons.items())]


def shortened(line: str) -> str:
    """Return a line of a log, cut where it is very long."""
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def ago(seconds: float) -> str:
    """Return how long ago something was."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    return f"{max(int(seconds // size), 0)} {unit} ago"


def indented(line: str, by: int) -> Padding:
    """Return a line that is indented, also where it is broken."""
    return Padding(Text(line, overflow="fold"), (0, 0, 0, by), expand=False)


def grid(networks: Sequence[NetworkState], protocols: Sequence[str]) -> Table:
    """Return a table of all networks: a row per model, a column per protocol, a mark per network."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    # A name is never cut: cells begin alike.
    names = [f"  {network.network.model}" for network in networks]
    table.add_column("", no_wrap=True, min_width=max(map(len, names), default=0))
    for protocol in protocols:
        table.add_column(protocol, overflow="fold")
    rows: dict[str, dict[str, dict[str, list[NetworkState]]]] = {}
    for network in networks:
        models = rows.setdefault(network.group, {})
        models.setdefault(network.network.model, {}).setdefault(network.protocol, []).append(network)
    for group, models in rows.items():
        table.add_row(Text(group, style="bold"))
        for model, of in models.items():
            table.add_row(f"  {model}", *(marks(of.get(protocol, [])) for protocol in protocols))
    return table


def marks(networks: Sequence[NetworkState]) -> Text:
    """Return the marks of a model's networks, fold by fold, with a space between seeds."""
    seeds = groupby(networks, key=lambda network: network.network.seed)
    return Text(" ").join(Text.assemble(*(MARKS[network.state] for network in of)) for _, of in seeds)


def stage_table(title: str, counted: Counts) -> Table:
    """Return a table of stages: a column per data set or protocol, with the files that there are, of all."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(title)
    columns = list(dict.fromkeys(column for stage in counted.values() for column in stage))
    for column in columns:
        table.add_column(column, justify="right")
    for stage, of in counted.items():
        table.add_row(f"  {stage}", *(share(*of[column]) if column in of else Text() for column in columns))
    return table


def share(there: int, of: int) -> Text:
    """Return a number of files, of how many."""
    return Text(f"{there}/{of}", style="green" if there == of else "")
