"""The leakage audit of both protocols side by side, and what leaked in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from selcn.design.datasets import (
    DATASETS,
    EXTERNAL,
    LESION,
    ROLES,
    SEGMENTATION,
    SYMMETRY,
    name_of_set,
    set_of,
)
from selcn.evaluation.leakage import DATA_SET, LEAKS, PATIENT, SEARCH, TEST_SET, given_the_label, leaking
from selcn.report.answers.words import percent
from selcn.report.html.grid import Cell, Column, Grid, columns_of, number_cell, text_cell
from selcn.report.html.results import Results
from selcn.report.tables.leakage import LEFT_OUT, ORACLES, OVERLAPS
from selcn.report.tables.render import NONE

_KEY = ["artifact", "dataset", "applied_to"]
_USES = {
    "images": "Images",
    "images_leaked": "With leakage",
    "share": "Share",
    "pairs": "Uses",
    "same_image": "Uses: trained on the image",
    "copy": "Uses: on a near-duplicate",
    "lesion": "Uses: on its lesion",
    PATIENT: "Uses: on another lesion of its patient",
}
_OVERLAPS = {key: label for key, label in OVERLAPS.items() if key not in _KEY}
_KINDS = {
    "same_image": "the image itself",
    "copy": "a near-duplicate",
    "lesion": "another image of the lesion",
}
# The uses that say most, in the order of the cascade: what happened to the images, before what had been seen of them.
_TOLD = {
    (TEST_SET, LESION, LESION): "For {counts} of {name}'s test set, the development set has {seen}.",
    (SEARCH, LESION, LESION): "For {counts} of {name}'s test set, the search for hyper-parameters used {seen}.",
    ("mask", SEGMENTATION, LESION): "{counts} of {name} got their mask from a network that had been trained on {seen}.",
    ("symmetry CAM", SYMMETRY, LESION): (
        "{counts} of {name} got a symmetry CAM from a network that had been trained on {seen}."
    ),
    ("lesion prediction", LESION, "validation"): (
        "{counts} of {name}'s validation sets were classified by a network that had been trained on {seen}."
    ),
    ("lesion prediction", LESION, "test"): (
        "{counts} of {name}'s test set were classified by a network that had been trained on {seen}."
    ),
    ("lesion prediction", LESION, EXTERNAL): (
        "{counts} of {name} were classified by a network that had been trained on {seen}."
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What the audit of a protocol says.

    Attributes
    ----------
    applied
        Applications of models to data sets: how many have leakage, and all.
    compared
        Comparisons of test sets with development sets and the images of searches: how many share images, and all.
    leaks
        The leakage that says most: the share of the images, in percent, and a sentence.
    left_out
        What is left out of it, as a sentence; empty where nothing is.
    """

    protocol: str
    applied: tuple[int, int]
    compared: tuple[int, int]
    leaks: tuple[tuple[str, str], ...]
    left_out: str

    @property
    def leaking(self) -> bool:
        """Whether anything leaked."""
        return self.applied[0] + self.compared[0] > 0


def verdicts(results: Results) -> list[Verdict]:
    """Return what leaked in each protocol; shared images of whole data sets are no leakage."""
    return [_verdict(protocol, audit) for protocol, audit in results.of_protocols("audit").items()]


def _verdict(protocol: str, audit: pd.DataFrame) -> Verdict:
    oracles = given_the_label(audit)
    audited = audit[(audit["artifact"] != DATA_SET) & ~oracles]
    rows = {(row.artifact, row.dataset, row.applied_to): row for row in leaking(audited).itertuples()}
    told = {(kind, *map(_set_of, sets)): words for (kind, *sets), words in _TOLD.items()}
    leaks = tuple(_told(rows[key], words) for key, words in told.items() if key in rows)
    overlaps = audited["artifact"].isin((TEST_SET, SEARCH))
    applied, compared = (
        (int((audited["images_leaked"][kind] > 0).sum()), int(kind.sum())) for kind in (~overlaps, overlaps)
    )
    return Verdict(protocol, applied, compared, leaks, LEFT_OUT if oracles.any() else "")


def _told(row, words: str) -> tuple[str, str]:
    *others, last = [text for kind, text in _KINDS.items() if getattr(row, kind)]
    seen = f"{', '.join(others)} or {last}" if others else last
    counts = f"{row.images_leaked:,} of {row.images:,} images"
    name = DATASETS.get(row.applied_to, DATASETS[row.dataset])
    return percent(row.images_leaked / row.images), words.format(counts=counts, seen=seen, name=name)


def _set_of(role: str) -> str:
    """Return the data set of a role; a subset by its own name."""
    return set_of(role) if role in ROLES else role


def _name(name: str) -> str:
    """Return a data set's name for people; other subsets by their own."""
    names = DATASETS | {"validation": "validation sets", "test": "test set", "official_test": "official test set"}
    return names.get(name, name)


def grids(results: Results) -> list[Grid]:
    """Return the tables of the audit: uses of models, overlaps of test sets, of searches, and of data sets."""
    tables = results.of_protocols("audit")
    every = pd.concat(tables.values()).drop_duplicates(_KEY)
    apart = (TEST_SET, SEARCH, DATA_SET)
    of_data_sets = every[every["artifact"] == DATA_SET]
    kinds = {
        "Models applied to images that they were trained on": ~every["artifact"].isin(apart) & ~given_the_label(every),
        "Overlap of test sets with development sets": every["artifact"] == TEST_SET,
        "Overlap of test sets with the images of searches": every["artifact"] == SEARCH,
    }
    grids = [_grid(title, every[rows], tables) for title, rows in kinds.items() if rows.any()]
    if (of_oracles := given_the_label(every)).any():
        grids.insert(1, _grid("Oracle controls, given the label", every[of_oracles], tables))
    return [*grids, *([_shared(of_data_sets)] if len(of_data_sets) else [])]


def _shared(rows: pd.DataFrame) -> Grid:
    """Return how many images of each data set are in the first lesion set too, which is the same in every protocol."""
    shared_with = name_of_set(LESION)
    head = ("Images of", "Images", f"Shared with {shared_with}", "Share")
    lines = []
    for row in rows.itertuples():
        share = row.images_leaked / row.images if row.images else 0.0
        counts = map(number_cell, (row.images, row.images_leaked))
        lines.append((text_cell(_name(row.applied_to)), *counts, Cell(percent(share), sort=share)))
    return Grid(f"Images of other data sets that are in {shared_with} too", columns_of(head, head[1:]), tuple(lines))


def _grid(title: str, rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Grid:
    head, shown = ("", "Compared with", "Images of"), _OVERLAPS
    if title.startswith("Models"):
        head, shown = ("Made", "Trained on", "Applied to"), _USES
    elif given_the_label(rows).any():
        head, shown = ("Control", "Trained on", "Applied to"), {name: ORACLES[name] for name in ("images", "pairs")}
    if PATIENT not in rows:
        shown = {name: label for name, label in shown.items() if name != PATIENT}
    columns = [Column(label) for label in head if label]
    columns += [Column(label, protocol, protocol, True) for protocol in tables for label in shown.values()]
    found = {
        (protocol, *key): row
        for protocol, table in tables.items()
        for key, row in zip(table[_KEY].itertuples(index=False, name=None), table.itertuples(), strict=True)
    }
    lines = []
    for key in rows[_KEY].itertuples(index=False, name=None):
        line = [text_cell(_name(name)) for name in (key if head[0] else key[1:])]
        for protocol in tables:
            line += _counts(found.get((protocol, *key)), protocol, shown)
        lines.append(tuple(line))
    return Grid(f"Leakage audit. {title}", tuple(columns), tuple(lines))


def _counts(row, protocol: str, shown: Mapping[str, str]) -> Sequence[Cell]:
    if row is None:
        return [Cell(NONE, sort="")] * len(shown)
    data = {"table": "audit", "part": row.artifact, "protocol": protocol, "cell": row.dataset, "class": row.applied_to}
    share = row.images_leaked / row.images if row.images else 0.0
    counts = [name for name in ("images", "images_leaked", "pairs", *LEAKS, PATIENT) if name in row._fields]
    cells = {
        name: Cell(f"{getattr(row, name):,}", sort=getattr(row, name), data={**data, "metric": name}) for name in counts
    }
    cells["share"] = Cell(percent(share), sort=share)
    return [cells[name] for name in shown]
