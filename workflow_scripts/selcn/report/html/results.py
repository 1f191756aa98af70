"""What the page is made of: a study's tables, counts and texts, read once."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from selcn.storage.artifacts import read_json, read_table

SPLIT_COLUMNS = ["image_id", "variant", "label", "role", "fold", "validation"]
"""Columns of a split table that the page counts."""

TEXT_COLUMNS = ("class", "subgroup", "favoured", "evidence", "shared_label", "lesion_label")
"""Columns of text that may be empty in tables."""


@dataclass(frozen=True)
class Search:
    """A search for hyper-parameters: its trials, and the importance of each hyper-parameter."""

    trials: pd.DataFrame
    importances: Mapping[str, float]


class Chart(Protocol):
    """A chart: a title, and an `<svg>` element that may stand in the page."""

    title: str
    svg: str


@dataclass(frozen=True)
class Results:
    """A study's results, as the page shows them. Keys of two parts are protocol and name.

    Attributes
    ----------
    tables, texts
        Every table of the study, by name: `table-08b`, `comparisons`, `subgroups`, `audit`, `hair`, `label-audit`,
        `label-costs` and `epochs`, and for external sets beyond the first `external-<set>`, `thresholds-<set>`,
        `subgroups-<set>` and `comparisons-<set>`; and its Markdown, and that of `answers`.
    failed
        The reason of each failed model of a table.
    summaries, rejected
        Counts and rejected images of each data set.
    splits
        Columns `SPLIT_COLUMNS` of each data set's split table.
    pairs, hidden
        Certain pairs of one lesion over all data sets, and those of them that no image or lesion id reveals.
    detection
        How many such pairs are found; columns `selcn.evaluation.duplicate_detection.COLUMNS`.
    figures
        The figures there are, by protocol ("" for one of all protocols) and name: the SVG of those that have it, or "".
    links
        Where the page has a copy of each file, by its path under results/.
    selected
        The segmentation network that made each protocol's masks, such as `unet` or `unet-ensemble`.
    galleries
        Content of galleries.js; empty where there is none.
    run
        Content of run.json; empty where there is none.
    cards
        Markdown of the model card and the data card, by title.
    charts
        Charts by what they show: `table-<n>/<part>`, `comparisons/<measured>/<question>`, `subgroups/<set>/<cell>`,
        `splits/<set>` and `run`.
    """

    protocols: Sequence[str]
    demo: bool
    tables: Mapping[tuple[str, str], pd.DataFrame]
    texts: Mapping[tuple[str, str], str]
    failed: Mapping[tuple[str, str], Mapping[str, str]]
    summaries: Mapping[str, Mapping[str, Any]]
    rejected: Mapping[str, pd.DataFrame]
    splits: Mapping[tuple[str, str], pd.DataFrame]
    pairs: pd.DataFrame
    hidden: pd.DataFrame
    detection: pd.DataFrame
    searches: Mapping[tuple[str, str], Search]
    figures: Mapping[tuple[str, str], str]
    links: Mapping[str, str]
    selected: Mapping[str, str] = field(default_factory=dict)
    galleries: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    cards: Mapping[str, str] = field(default_factory=dict)
    charts: Mapping[str, Sequence[Chart]] = field(default_factory=dict)

    @cached_property
    def names(self) -> list[str]:
        """The names of the tables, each once."""
        return list(dict.fromkeys(name for _, name in self.tables))

    @cached_property
    def matrices(self) -> set[str]:
        """The confusion matrices there are, by their names without a folder."""
        return {matrix["name"].removeprefix("matrices/") for matrix in self.galleries.get("matrices", ())}

    def sheets(self, dataset: str) -> set[str]:
        """Return the images of a data set that have a sheet."""
        return set(self.galleries.get("sheets", {}).get(dataset, ()))

    def of_protocols(self, name: str) -> dict[str, pd.DataFrame]:
        """Return a table in each protocol."""
        return {protocol: self.tables[protocol, name] for protocol in self.protocols}


def read_each(read: Callable[[str], Any], names: Sequence, paths: Sequence[str]) -> dict:
    """Return what a function reads from each file, by what the file is of."""
    keys = [name if isinstance(name, str) else tuple(name) for name in names]
    return {key: read(path) for key, path in zip(keys, paths, strict=True)}


def read_text(path: str | Path) -> str:
    """Return a file's text."""
    return Path(path).read_text(encoding="utf-8")


def read_charts(path: str | Path) -> dict[str, list[Chart]]:
    """Return the charts of a table of `selcn.report.html.charts.page_charts`, by what they show."""
    charts: dict[str, list[Chart]] = {}
    for row in read_table(path).itertuples():
        charts.setdefault(row.key, []).append(row)
    return charts


def read_csv(path: str | Path) -> pd.DataFrame:
    """Read a table of the study; only empty fields are missing, in columns of text they are "". Ids stay text."""
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"image_id": str})
    empty = [name for name in TEXT_COLUMNS if name in frame]
    return frame.astype(dict.fromkeys(empty, object)).fillna(dict.fromkeys(empty, ""))


def read_script(path: str | Path) -> dict[str, Any]:
    """Return the value of a script file of the report, `selcn.add("<name>", <JSON>);`."""
    text = read_text(path)
    return json.loads(text[text.index(", ") + 2 : text.rindex(")")])


def read_search(trials: str | Path, importances: str | Path) -> Search:
    """Read the files of a search."""
    return Search(read_csv(trials), read_json(importances))


def read_splits(path: str | Path) -> pd.DataFrame:
    """Read what the page counts of a split table."""
    return read_table(path)[SPLIT_COLUMNS]
