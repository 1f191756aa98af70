"""The data card of a study: its images counted by what is known of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.evaluation.leakage import DATA_SET
from selcn.evaluation.subgroups import KINDS, subgroups_of
from selcn.report.tables.blocks import NONE, markdown_grid

ROLES = {"pool": "Development set", "test": "Test set", "official_test": "Official test set", "seen": "Lesion seen"}
"""The roles of a split table, for people, in the order of the report's tables."""

Indices = Mapping[str, pd.DataFrame]
"""Each data set's index, in the order of the card."""


def composition(indices: Indices, summaries: Mapping[str, Mapping]) -> str:
    """Return each data set's numbers of images, lesions, masks and rejected images, and its images' sizes."""
    rows = []
    for name, index in indices.items():
        sides = pd.concat([index["width"], index["height"]])
        counts = (len(index), index["lesion_id"].nunique(), index["mask_sha256"].notna().sum())
        size = NONE if index.empty else f"{sides.min():,} to {sides.max():,}"
        rows.append([DATASETS[name], *map(number, counts), number(summaries[name]["rejected"]), size])
    return markdown_grid(["Data set", "Images", "Lesions", "Masks", "Rejected", "Sides in pixels"], rows)


def classes(indices: Indices) -> str:
    """Return the number of images of each class."""
    return _counted({name: index["label"] for name, index in indices.items()}, ["Class"])


def patients(indices: Indices) -> str:
    """Return the number of images by sex, age, site and source."""
    groups = {name: _groups_of(index) for name, index in indices.items()}
    return _counted(groups, ["By", "Group"])


def _groups_of(index: pd.DataFrame) -> list[tuple[str, str]]:
    kinds = subgroups_of(index)
    return [(kind, group) for kind in kinds for group in kinds[kind]]


def _counted(values: Mapping[str, Iterable], head: list[str]) -> str:
    """Return how often each value occurs: a row a value, a column a data set; values may be tuples, of a cell each."""
    counts = {name: Counter(found) for name, found in values.items()}
    rows = [
        [
            *([value] if isinstance(value, str) else value),
            *(number(count[value]) if value in count else NONE for count in counts.values()),
        ]
        for value in sorted(set().union(*counts.values()), key=_place)
    ]
    return markdown_grid([*head, *(DATASETS[name] for name in values)], rows)


def _place(value: str | tuple[str, str]) -> tuple:
    # Kinds in their order, and "100-109" years after "90-99".
    if isinstance(value, str):
        return (value,)
    kind, name = value
    return KINDS.index(kind), name.partition("-")[0].zfill(3) if kind == "age" else name


def rejected(lists: Mapping[str, pd.DataFrame]) -> str:
    """Return the number of rejected images by data set and the beginning of the reason; empty without any."""
    reasons = {name: [str(reason).partition(":")[0] for reason in table["reason"]] for name, table in lists.items()}
    return _counted(reasons, ["Reason"]) if any(reasons.values()) else ""


def duplicates(pairs: pd.DataFrame, indices: Indices) -> str:
    """Return the number of near-duplicates, and of images with one id, within and between data sets."""
    of = pairs["dataset_a"].map(str) + " " + pairs["dataset_b"].map(str)
    rows = []
    for first, second in [*((name, name) for name in indices), *combinations(indices, 2)]:
        near = int(of.isin([f"{first} {second}", f"{second} {first}"]).sum())
        shared = NONE
        if first != second:
            shared = number(len(set(indices[first]["image_id"]) & set(indices[second]["image_id"])))
        rows.append([DATASETS[first], DATASETS[second], shared, number(near)])
    return markdown_grid(["Images of", "And of", "Same id", "Near-duplicates"], rows)


def disagreements(pairs: pd.DataFrame, indices: Indices, same_labels: Sequence[Sequence[str]]) -> str:
    """Return how many images and near-duplicates have two different labels, by these; empty without any.

    Parameters
    ----------
    same_labels
        Groups of data sets whose labels have the same meaning, so that they can contradict each other.
    """
    labels = {(name, row.image_id): row.label for name, index in indices.items() for row in index.itertuples()}
    comparable = [(a, b) for group in same_labels for a in group for b in group]
    near = [
        ("near-duplicate", (row.dataset_a, row.image_id_a), (row.dataset_b, row.image_id_b))
        for row in pairs.itertuples()
        if (row.dataset_a, row.dataset_b) in comparable
    ]
    same = [
        ("same image", (a, image), (b, image))
        for group in same_labels
        for a, b in combinations(group, 2)
        for image in indices[a]["image_id"]
    ]
    found: Counter = Counter()
    for kind, *couple in (*same, *near):
        # Sorted, so that a pair counts the same whichever of its images is named first.
        first, second = sorted((DATASETS[image[0]], labels.get(image, "")) for image in couple)
        if first[1] != second[1] and first[1] and second[1]:
            found[kind, *first, *second] += 1
    rows = [[*key, number(count)] for key, count in sorted(found.items())]
    return markdown_grid(["Pair", "Data set", "Label", "Data set", "Label", "Pairs"], rows) if rows else ""


def splits(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return one protocol's number of images by role."""
    roles = {name: table.drop_duplicates("image_id")["role"].map(ROLES) for name, table in tables.items()}
    return _counted(roles, ["Role"])


def overlap(audit: pd.DataFrame) -> str:
    """Return how many images of each data set are in the first lesion set, by the leakage audit."""
    rows = [
        [DATASETS[row.applied_to], *map(number, (row.images, row.images_leaked, row.same_image, row.copy, row.lesion))]
        for row in audit[audit["artifact"] == DATA_SET].itertuples()
    ]
    return markdown_grid(
        ["Images of", "Images", "Shared", "Same image", "Near-duplicate", "Other image of a lesion"], rows
    )


def checksums(data: Mapping[str, Mapping]) -> str:
    """Return the checksums of the record's data sets."""
    rows = []
    for entry in (data[name] for name in DATASETS if name in data):
        files = {"images": entry["images_sha256"], "masks": entry["masks_sha256"], **entry["label_tables"]}
        rows += [[entry["name"], name, f"`{digest}`"] for name, digest in files.items() if digest]
    return markdown_grid(["Data set", "Files", "SHA-256"], rows)


def number(count: int) -> str:
    """Return a count as text."""
    return f"{int(count):,}"
