"""Groups of the lesions of one patient, over all data sets."""

from collections.abc import Mapping, Sequence

import pandas as pd

from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table

PATIENT = "patient_id"
"""Column of an index whose data set knows the patients; null where one is unknown."""


def patient_groups(lesions: pd.Series, patients: pd.Series) -> pd.Series:
    """Return the group of each image: lesions linked by patients, in any chain of links.

    Parameters
    ----------
    lesions
        The lesion of each of N images.
    patients
        Its patient, null where unknown; the index is that of `lesions`.

    Returns
    -------
    pandas.Series
        The smallest lesion of each image's group, which is its own lesion where no patient is known; the index is that
        of `lesions`.
    """
    codes, names = pd.factorize(lesions, sort=True)
    group = pd.Series(codes, lesions.index)
    while True:
        before = group
        for links in (patients, lesions):
            # Images of an unknown patient are in no group of this kind.
            group = group.groupby(links).transform("min").fillna(group).astype(codes.dtype)
        if group.equals(before):
            return pd.Series(names.take(group), lesions.index)


def by_patient(groups: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the table of lesions with all lesions of a patient as one group.

    Parameters
    ----------
    groups
        Table of `selcn.data.duplicates.groups.lesion_groups`.
    indices
        The index of each data set whose patients are known; columns image_id and `PATIENT`. Without any, `groups` is
        returned as it is.
    """
    if not indices:
        return groups
    keys = ["dataset", "image_id"]
    patients = pd.concat([index.assign(dataset=name)[[*keys, PATIENT]] for name, index in indices.items()])
    table = groups.merge(patients, on=keys, how="left", validate="one_to_one")
    return groups.assign(group=patient_groups(table["group"], table[PATIENT]).to_numpy())


def read_patient_indices(inputs, datasets: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the index of each data set whose patients are known.

    Parameters
    ----------
    inputs
        A job's inputs: `patients`, these indices in the order of the data sets.
    """
    return dict(zip(datasets, map(read_table, as_list(inputs.patients)), strict=True))


def read_patient_groups(inputs, datasets: Sequence[str]) -> pd.DataFrame:
    """Return the table of `by_patient`.

    Parameters
    ----------
    inputs
        A job's inputs: `groups`, the lesion of every image of all data sets, and those of `read_patient_indices`.
    """
    return by_patient(read_table(inputs.groups), read_patient_indices(inputs, datasets))
