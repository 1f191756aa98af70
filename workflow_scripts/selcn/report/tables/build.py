"""Tables of our values, the thesis's values and their difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pandas as pd

from selcn.evaluation.failures import failures_of
from selcn.report.tables.models import number_of, order_of, place
from selcn.report.tables.notes import empty_masks, failed_models, missing_images
from selcn.report.tables.specs import CLASSES, Spec
from selcn.report.tables.study_specs import spec_of
from selcn.report.tables.values import KEYS, read_ours, read_thesis

_PROTOCOLS = {
    "thesis": (
        "Split by image, as in the thesis: images of one lesion fall on both sides of a split, and where the "
        "development set is balanced before it is folded, copies of one image fall into both training and validation."
    ),
    "leakfree": "Split by lesion, folded before balancing, validated at natural prevalence.",
}
_OTHER_SPLIT = (
    " The thesis's values come from a split by image, so a difference from them may reflect data leakage and does not "
    "by itself mean that the reproduction failed."
)


@dataclass(frozen=True)
class Table:
    """Our values, the thesis's and the difference.

    Attributes
    ----------
    frame
        One row per value, in the order of the table: part, model (the thesis's number), cell, class, metric, ours_mean,
        ours_sd, thesis_mean, thesis_sd, difference (ours minus the thesis's), images, folds. NaN where there is none.
    notes
        Notes on these values, in reading order.
    demo
        Whether the numbers come from synthetic images.
    failed
        The reason of each model of ours that failed and so has no values.
    """

    spec: Spec
    protocol: str
    frame: pd.DataFrame
    notes: tuple[str, ...]
    demo: bool
    failed: Mapping[str, str]

    @property
    def title(self) -> str:
        """The thesis's number of the table and its title; the title alone for a table of ours."""
        return f"Table {self.spec.number.lstrip('0')}: {self.spec.title}" if self.spec.in_thesis else self.spec.title


def build_table(
    number: str,
    protocol: str,
    metrics: Mapping[str, str | Path],
    thesis: str | Path | None,
    summaries: Mapping[str, str | Path] | None = None,
    masks: Mapping[str, str | Path] | None = None,
    remarks: Sequence[str] = (),
    demo: bool = False,
) -> Table:
    """Return a table of our values beside the thesis's.

    Parameters
    ----------
    number
        A table of the study, see `selcn.report.tables.data_sets`.
    metrics
        The JSON file of each model, as `selcn.report.tables.values.read_ours` reads them; a failed model has no values.
    thesis
        The thesis's values as CSV; None where the thesis prints none.
    summaries
        The summary.json of every data set that the table depends on.
    masks
        The masks' manifest of every data set whose masked images the table depends on.
    remarks
        Further notes.
    demo
        Whether the numbers come from synthetic images.

    Raises
    ------
    MissingValueError
        A file lacks a value.
    """
    spec = spec_of(number)
    failed = failures_of(metrics, metrics.values())
    ours = read_ours({model: path for model, path in metrics.items() if model not in failed}, spec)
    frame = ours.merge(read_thesis(thesis, spec), on=list(KEYS), how="outer")
    frame = _ordered(frame.merge(_rows_of_failed(failed, frame, spec), on=list(KEYS), how="outer"), spec)
    frame["difference"] = (frame["ours_mean"] - frame["thesis_mean"]).round(6)
    frame.insert(1, "model", pd.array([number_of(spec.family, cell) for cell in frame["cell"]], dtype="Int64"))
    columns = ["part", "model", *KEYS[1:], "ours_mean", "ours_sd", "thesis_mean", "thesis_sd", "difference"]
    notes = (
        *missing_images(summaries or {}),
        *empty_masks(masks or {}),
        *failed_models(failed),
        *_absent_models(frame[~frame["cell"].isin(failed)], failed),
        _PROTOCOLS[protocol] + (_OTHER_SPLIT if protocol == "leakfree" and spec.of_thesis else ""),
        *spec.notes,
        *remarks,
    )
    return Table(spec, protocol, frame[[*columns, "images", "folds"]], notes, demo, failed)


def _rows_of_failed(failed: Mapping[str, str], frame: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """Return the keys of the values that failed models do not have: in every part that a table has."""
    labels = (list(dict.fromkeys(frame["class"])) or CLASSES) if spec.source == "classes" else ("",)
    parts = dict.fromkeys([spec.part, *frame["part"]])
    keys = product(parts, failed, labels, (metric.key for metric in spec.metrics))
    return pd.DataFrame(list(keys), columns=list(KEYS), dtype="str")


def _absent_models(frame: pd.DataFrame, failed: Mapping[str, str]) -> list[str]:
    """Return the note on the thesis's models without values of ours, or on a table without any value."""
    if frame.empty and failed:
        return []
    if frame.empty:
        return ["No values: no evaluation has such images."]
    ours = frame.groupby("cell", sort=False)["images"].count()
    absent = list(ours.index[ours == 0])
    return [f"No values of ours: {', '.join(absent)}."] if absent else []


def _ordered(frame: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """Sort as the thesis does: by part, model, class and metric."""
    parts, metrics = (spec.part, *spec.extra_parts), tuple(metric.key for metric in spec.metrics)
    order = [
        (place(parts, part), order_of(spec.family, cell), place(CLASSES, label), place(metrics, metric))
        for part, cell, label, metric in frame[list(KEYS)].itertuples(index=False)
    ]
    return frame.iloc[sorted(range(len(frame)), key=order.__getitem__)].reset_index(drop=True)
