"""Evaluation of lesion cells on an external set: each cell by itself, and cells compared with each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs
from selcn.evaluation.comparisons.parts import lesions_of, prediction_parts
from selcn.evaluation.comparisons.table import Part
from selcn.evaluation.external import (
    ExternalSettings,
    metrics_of_external,
    metrics_of_unseen,
    subsets_of,
    unseen_by_all,
)
from selcn.evaluation.runs import Run
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table


@dataclass(frozen=True)
class ExternalSet:
    """An external set.

    Attributes
    ----------
    name
        Its name.
    groups
        The lesion of every image of all data sets; columns dataset, image_id and group.
    resampled
        The same with all lesions of a patient as one, where patients are known: what comparisons resample.
    patients
        See `selcn.evaluation.subgroups.measure_subgroups`.
    """

    name: str
    groups: pd.DataFrame
    resampled: pd.DataFrame
    patients: pd.DataFrame


@dataclass(frozen=True)
class Predicted:
    """One network's predictions of its validation set and of an external set, and the ids that it was trained on."""

    validation: pd.DataFrame
    external: pd.DataFrame
    trained: pd.Series


def read_predicted(inputs) -> dict[Path, Predicted]:
    """Read what each network predicts, by the path of its predictions of the external set.

    Parameters
    ----------
    inputs
        A job's inputs: external, validation and training_ids, a file each of every network, in the same order.
    """
    files = zip(*(as_list(inputs[name]) for name in ("external", "validation", "training_ids")), strict=True)
    return {
        Path(external): Predicted(read_table(validation), read_table(external), read_table(ids)["image_id"])
        for external, validation, ids in files
    }


def evaluate_cell(networks: Sequence[Predicted], external: ExternalSet, settings: ExternalSettings) -> dict:
    """Return the metrics of a cell's networks on an external set.

    Returns
    -------
    dict
        That of `metrics_of_external` and of `metrics_of_unseen`; in `images` also `unseen_by_all`, the number of images
        behind the latter.
    """
    validation = [network.validation for network in networks]
    tables, trained = [network.external for network in networks], [network.trained for network in networks]
    divided = [
        subsets_of(table, external.groups, external.name, ids) for table, ids in zip(tables, trained, strict=True)
    ]
    metrics = metrics_of_external(validation, divided)
    unseen = unseen_by_all(tables, external.groups, external.name, trained)
    metrics["images"]["unseen_by_all"] = len(unseen[0])
    return metrics | metrics_of_unseen(validation, unseen, external.patients, settings)


def comparison_parts(
    runs: Mapping[str, Mapping[Run, Path]], predicted: Mapping[Path, Predicted], external: ExternalSet
) -> list[Part]:
    """Return the comparisons of cells on the images whose lesion no network of the study was trained on.

    Parameters
    ----------
    runs
        The cells to compare, with the paths of their networks' predictions.
    predicted
        What every network of the study predicts, those of failed cells among them, by the same paths.

    Returns
    -------
    list of Part
        Empty where there are no such images.

    Raises
    ------
    ValueError
        See `selcn.evaluation.comparisons.parts.prediction_parts`.
    """
    tables, trained = zip(*((network.external, network.trained) for network in predicted.values()), strict=True)
    unseen = dict(zip(predicted, unseen_by_all(tables, external.groups, external.name, trained), strict=True))
    # All networks predict the same images.
    if next(iter(unseen.values())).empty:
        return []
    pairs = [*lesion_pairs(runs), *oracle_pairs(runs)]
    lesions = lesions_of(external.resampled, external.name)
    return prediction_parts(runs, pairs, lesions, external.name, unseen.__getitem__)
