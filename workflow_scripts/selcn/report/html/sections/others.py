"""Section "others": external sets beyond the first, each with a headline and its four tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selcn.design.datasets import DATASETS
from selcn.report.html.comparisons import families
from selcn.report.html.external import classes, metrics, subgroups, thresholds
from selcn.report.html.headline import Effect, effects
from selcn.report.html.notes import Note, downloads, merged
from selcn.report.html.numbered import Part
from selcn.report.html.results import Results
from selcn.report.html.sections.stages import UNMASKED
from selcn.report.tables.data_sets import EXTERNAL_TABLES
from selcn.report.tables.external_subgroups import ESTIMATED

_PREFIX = "external-"


@dataclass(frozen=True)
class ExternalSet:
    """An external set as the page has it.

    Attributes
    ----------
    effects
        By protocol, what symmetry CAMs change on unseen images: see `selcn.report.html.headline.effects`.
    estimated
        What an estimated skin tone is; empty where there is none.
    files
        The files of each table, by its short title.
    """

    name: str
    anchor: str
    effects: Mapping[str, Mapping[str, Effect | None]]
    metrics: Sequence[Part]
    classes: Sequence[Part]
    thresholds: Sequence[Part]
    subgroups: Sequence[Part]
    estimated: str
    families: Sequence[Part]
    notes: Sequence[Note]
    files: Mapping[str, Sequence]


def others(results: Results) -> dict[str, Any]:
    """Return the data of section "others"; nothing where there are no such sets."""
    datasets = [name.removeprefix(_PREFIX) for name in results.names if name.startswith(_PREFIX)]
    return {"sets": [_of_set(results, dataset) for dataset in datasets]} if datasets else {}


def _of_set(results: Results, dataset: str) -> ExternalSet:
    kinds = {kind for table in results.of_protocols(f"subgroups-{dataset}").values() for kind in table["kind"]}
    return ExternalSet(
        name=DATASETS[dataset],
        anchor=f"{_PREFIX}{dataset}",
        effects=effects(results, f"comparisons-{dataset}"),
        metrics=metrics(results, dataset),
        classes=classes(results, dataset, UNMASKED),
        thresholds=thresholds(results, dataset),
        subgroups=subgroups(results, dataset, UNMASKED),
        estimated=ESTIMATED if "skin_tone" in kinds else "",
        families=families(results, f"comparisons-{dataset}"),
        notes=merged(results, f"{_PREFIX}{dataset}"),
        files={title: downloads(results, f"{table}-{dataset}") for table, title in EXTERNAL_TABLES.items()},
    )
