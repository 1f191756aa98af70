"""The model card of a study (Mitchell et al. 2019): what its networks are, and how they perform, by its tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from selcn.design.cells import CELLS
from selcn.design.datasets import DATASETS, EXTERNAL, LESION, ROLES, SEGMENTATION, SYMMETRY, set_of, with_names
from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.failures import FAILED
from selcn.evaluation.leakage import DATA_SET, SEARCH, TEST_SET, given_the_label, leaking
from selcn.report.answers.empty_maps import EMPTY
from selcn.report.answers.words import KINDS
from selcn.report.tables.blocks import NONE, markdown_grid
from selcn.report.tables.data_sets import like, test_table
from selcn.report.tables.models import HEADS, label_of
from selcn.report.tables.specs import SPECS

Sources = Mapping[tuple[str, str], str | Path]
"""A table's CSV file by protocol and name, such as ("leakfree", "table-08b")."""


@dataclass(frozen=True)
class Part:
    """A table of the card: models in the rows, metrics in the columns.

    Attributes
    ----------
    title
        What is evaluated, on which images.
    family
        The stage of the models.
    dataset
        The data set that the models are trained on.
    columns
        For each source table its name, the part of it, and the metrics shown.
    """

    title: str
    family: str
    dataset: str
    columns: tuple[tuple[str, str, tuple[str, ...]], ...]


_OVERALL = ("accuracy", "kappa", "macro_precision", "macro_recall", "macro_f1")
_LOCALISATION = ("iou", "overlap", "pointing_game", "empty_cams")


def parts_of_card() -> list[Part]:
    """Return the card's tables of metrics."""
    first, further = set_of(LESION), ROLES[LESION][1:]
    return [
        Part(
            with_names("Segmentation networks on {segmentation}'s test set"),
            SEGMENTATION,
            SEGMENTATION,
            (("table-05", "test", ("dice", "sensitivity", "specificity", "accuracy")),),
        ),
        Part(
            with_names("Symmetry networks on {symmetry}'s test set"),
            SYMMETRY,
            set_of(SYMMETRY),
            (("table-06b", "test", ("balanced_accuracy", "kappa", "weighted_f1")),),
        ),
        Part(
            with_names("Lesion networks on {lesion}'s test set"),
            LESION,
            first,
            (("table-08b", "test", _OVERALL), ("table-measures", "test", ("balanced_accuracy", "macro_auc"))),
        ),
        Part(
            with_names("Calibration of the lesion networks on {lesion}'s test set"),
            LESION,
            first,
            (("table-measures", "test", ("ece", "brier", "temperature", "ece_scaled")),),
        ),
        *(
            Part(
                with_names("Lesion networks on images of {external} outside {lesion}"),
                LESION,
                first,
                (("table-10", f"{dataset}_outside", _OVERALL),),
            )
            for dataset in ROLES[EXTERNAL]
        ),
        Part(
            with_names("Localisation: the lesion networks' CAMs compared with lesion masks of {segmentation}"),
            LESION,
            first,
            (("table-09", "localisation", _LOCALISATION),),
        ),
        *(
            Part(
                f"Lesion networks trained on {DATASETS[dataset]}, on its test set",
                LESION,
                dataset,
                ((f"table-{test_table(dataset)}", "test", _OVERALL),),
            )
            for dataset in further
        ),
    ]


SUBGROUPS_OF = CELLS[0]
"""The cell whose subgroups the card shows; `subgroups.csv` has all."""

_SUBGROUP_METRICS = {"balanced_accuracy": "Balanced accuracy", "melanoma_auc": "Melanoma AUC"}


def performance(protocol: str, sources: Sources, failed: Mapping[tuple[str, str], str]) -> list[dict]:
    """Return the card's tables of one protocol: title, grid and the names of their source tables.

    Parameters
    ----------
    failed
        Why a model failed, by the data set that it is trained on and its name.
    """
    return [_performance_of(part, protocol, sources, failed) for part in parts_of_card()]


def _performance_of(part: Part, protocol: str, sources: Sources, failed: Mapping[tuple[str, str], str]) -> dict:
    family = part.family
    read = [(name, where, metrics, pd.read_csv(sources[protocol, name])) for name, where, metrics in part.columns]
    head, rows = [*HEADS[family]], {cell: [*label_of(family, cell)] for cell in dict.fromkeys(read[0][3]["cell"])}
    images = []
    for name, where, metrics, table in read:
        labels = {metric.key: metric for metric in SPECS[like(name.removeprefix("table-"))].metrics}
        shown = table[table["part"] == where]
        values = {(row.cell, row.metric): row for row in shown.itertuples()}
        images += shown["images"].dropna().astype(int).to_list()
        head += [labels[metric].label for metric in metrics]
        for cell, row in rows.items():
            row += [
                FAILED if (part.dataset, cell) in failed else _value(values.get((cell, metric)), labels[metric].digits)
                for metric in metrics
            ]
    return {
        "title": part.title,
        "grid": markdown_grid(head, list(rows.values())),
        "images": _range(images),
        "sources": [name for name, _, _, _ in read],
    }


def _value(row: Any, digits: int) -> str:
    if row is None or pd.isna(row.ours_mean):
        return NONE
    return f"{row.ours_mean:,.{digits}f}" + ("" if pd.isna(row.ours_sd) else f" ± {row.ours_sd:.{digits}f}")


def _range(counts: list[int]) -> str:
    if not counts:
        return NONE
    return f"{min(counts):,}" if min(counts) == max(counts) else f"{min(counts):,} to {max(counts):,}"


def subgroups(path: str | Path) -> str:
    """Return the performance of the cell `SUBGROUPS_OF` in subgroups of its test set; empty if it failed."""
    table = pd.read_csv(path, keep_default_na=False, na_values={"value": "", "low": "", "high": ""})
    table = table[(table["testset"] == set_of(LESION)) & (table["cell"] == SUBGROUPS_OF)]
    rows = []
    for (kind, name), of_group in table.groupby(["kind", "subgroup"], sort=False):
        values = of_group.set_index("metric").reindex(list(_SUBGROUP_METRICS))
        sizes = [f"{int(values[size].iloc[0]):,}" for size in ("images", "lesions")]
        rows.append([str(kind), str(name), *sizes, *(_interval(values.loc[key]) for key in _SUBGROUP_METRICS)])
    return markdown_grid(["By", "Subgroup", "Images", "Lesions", *_SUBGROUP_METRICS.values()], rows) if rows else ""


def _interval(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return NONE
    return f"{row['value']:.3f}" + ("" if pd.isna(row["low"]) else f" ({row['low']:.3f} to {row['high']:.3f})")


def outcomes(path: str | Path) -> str:
    """Return how many comparisons of cells and models had which outcome, by question, as the answers count them."""
    table = pd.read_csv(path)
    table = table[table["metric"] != EMPTY]
    names = ["higher", "lower", "no significant difference"]
    rows = []
    for (measured, question), of_question in table.groupby(["measured", "question"], sort=False):
        compared, reference = KINDS[Question(question)]
        counts = [str(int((of_question["outcome"] == name).sum())) for name in names]
        rows.append([f"{compared}, compared with {reference}", str(measured), str(len(of_question)), *counts])
    return markdown_grid(["Comparison", "Of", "Number", *(name.capitalize() for name in names)], rows)


def leakage(path: str | Path) -> dict:
    """Return the audit of models' uses: their number, and as a table those with leakage; an empty one without."""
    table = pd.read_csv(path)
    uses = table[~table["artifact"].isin([TEST_SET, SEARCH, DATA_SET]) & ~given_the_label(table)]
    leaked = leaking(uses)
    rows = [
        [row.artifact, row.dataset, row.applied_to, f"{row.images:,}", f"{row.images_leaked:,}"]
        for row in leaked.itertuples()
    ]
    head = ["Artifact", "Model trained on", "Applied to", "Images", "With leakage"]
    return {
        "uses": len(uses),
        "leaked": len(rows),
        "grid": markdown_grid(head, rows) if rows else "",
        "left_out": bool(given_the_label(table).any()),
    }


def thesis_of(citation: dict) -> str:
    """Return the thesis that the workflow implements, as the workflow's citation file has it."""
    (thesis,) = citation["references"]
    authors = ", ".join(f"{person['given-names']} {person['family-names']}" for person in thesis["authors"])
    return f"{authors}, *{thesis['title']}*, {thesis['thesis-type']}, {thesis['institution']['name']}, {thesis['year']}"


def weights_of(configuration: Mapping) -> dict[str, str]:
    """Return where the pre-trained weights that a study uses come from: `hub`, `random`, or a file."""
    symmetry = configuration["symmetry"]
    used = [configuration["segmentation"]["weights"], symmetry["backbone"], *symmetry["backbones"]]
    names = dict.fromkeys([*used, configuration["lesion"]["encoder"]])
    # `auto` stands for one of the backbones; a segmentation network may start from no weights.
    return {name: configuration["weights"][name] for name in names if name in configuration["weights"]}
