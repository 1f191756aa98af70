"""Data sets as they are declared, and their names in prose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SEGMENTATION, SYMMETRY, LESION, EXTERNAL = "segmentation", "symmetry", "lesion", "external"
"""Roles of a data set: the networks that are trained and tested on it, or `EXTERNAL`, only tested on it."""

FURTHER = "further"
"""External sets that jobs of their own predict, as a role that jobs are told."""


class _Told(dict):
    """What a job is told of its study's data sets."""

    def __missing__(self, key: str) -> str:
        """Refuse a data set or role that the job was not told."""
        raise KeyError(
            f"{key} is none of the data sets or roles that this job was told ({', '.join(self) or 'none'}): its rule "
            "needs the parameters study.told"
        )


# Known in one process, as its logger is: sentences name data sets at the bottom of every table, figure and gallery, and
# each function above would have to pass the names on. What is told is the same in a whole study and never changes.
DATASETS: dict[str, str] = _Told()
"""Each data set's name in prose, in the study's order. A job is told those of its rule's parameter `names`."""


ROLES: dict[str, Sequence[str]] = _Told()
"""The data sets of each role, in the study's order. A job is told those of its rule's parameter `roles`.

Of the lesion sets the first is the one whose cells are compared. External sets are those that training jobs predict;
the others have the role `FURTHER`.
"""


def tell_datasets(names: Mapping[str, str], roles: Mapping[str, Sequence[str]]) -> None:
    """Set the names of the data sets in prose, and the data sets of each role."""
    DATASETS.clear()
    DATASETS.update(names)
    ROLES.clear()
    ROLES.update(roles)


def set_of(role: str, roles: Mapping[str, Sequence[str]] = ROLES) -> str:
    """Return the first data set of a role; empty where there is none."""
    return next(iter(roles[role]), "")


def name_of_set(role: str) -> str:
    """Return the name in prose of the first data set of a role; empty where there is none."""
    return DATASETS.get(set_of(role), "")


def with_names(text: str) -> str:
    """Return a text with the names of the first data sets in place of `{segmentation}`, `{lesion}` and other roles."""
    return text.format(**{role: name_of_set(role) for role in ROLES})


@dataclass(frozen=True)
class Declaration:
    """A data set as it is declared (schemas/dataset.schema.yaml).

    Attributes
    ----------
    dataset
        Its key in the configuration, which is its name in paths.
    name
        Its name in prose.
    roles
        Some of `SEGMENTATION`, `SYMMETRY`, `LESION`, `EXTERNAL`.
    reader
        The reader of its layout; empty where its label table is read as declared.
    classes
        Classes of lesion networks that are trained on it, in the order of their logits, which is that of the alphabet.
    balanced
        Whether its development set is balanced.
    source
        Where it lies: defaults of the configuration's `data.<set>`.
    table
        The layout of its label table; empty where it has a reader of its own.
    origin
        The file that declares it, or its key in the configuration, for messages.
    how_to_get
        How to get it; empty if not said.
    unverified
        What of the declaration could not be checked against the data set; empty if all could.
    """

    dataset: str
    name: str
    roles: tuple[str, ...]
    reader: str
    classes: tuple[str, ...]
    balanced: bool
    source: Mapping
    table: Mapping
    origin: str
    how_to_get: str = ""
    unverified: str = ""

    @property
    def files(self) -> list[str] | None:
        """Label tables, by their names in its folder; None where its reader knows them."""
        return [*self.table["file"], *(self.table["join"] or {"file": ()})["file"]] if self.table else None

    @property
    def layout(self) -> dict:
        """What the job that indexes it is told of its layout; nothing where its reader is that of its own name."""
        if self.table:
            return {"table": {name: value for name, value in self.table.items() if name != "outside"}}
        return {} if self.reader == self.dataset else {"reader": self.reader}
