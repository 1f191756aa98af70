"""The study's tables by stage and target, the data sets that each depends on, and whether the thesis prints them."""

from collections.abc import Mapping, Sequence

from selcn.design.datasets import EXTERNAL, LESION, SEGMENTATION, SYMMETRY, set_of

Roles = Mapping[str, Sequence[str]]
"""The data sets of each role, see `selcn.design.datasets.ROLES`."""

THESIS: Roles = {
    SEGMENTATION: ["ham10000"],
    SYMMETRY: ["symderm"],
    LESION: ["ham10000", "isic2016"],
    EXTERNAL: ["isic2019"],
}
"""The thesis's data sets."""

_STAGES = {
    "segmentation": ("05",),
    "symmetry": ("06a", "06b", "07"),
    "lesion": ("08a", "08b", "09", "10", "11", "12", "measures", "unfamiliar"),
}
EXTERNAL_TABLES = {
    "external": "Lesions",
    "thresholds": "Decision thresholds",
    "subgroups": "Patients and images",
    "comparisons": "Cells in pairs",
}
"""The tables `<table>-<set>` of each external set beyond the first, with short titles."""

_OF_EXTERNAL = ("10", "unfamiliar")
_NUMBERED = {"isic2016": ("13", "14", "15")}
# Tables of a further data set with lesion networks of its own, and the thesis's of the same form.
_LIKE = {"validation": "13", "test": "14", "localisation": "15"}
_OF_SYMMETRY = ("06a", "06b", "07", "backbones", "malignancy")
_WITHOUT_MASKS = ("05", "11", "malignancy")


def is_thesis_pair(lesion: str, external: str) -> bool:
    """Return whether a lesion set and an external set are those of the thesis's table 10."""
    return (lesion, external) == (set_of(LESION, THESIS), set_of(EXTERNAL, THESIS))


def stages_of(roles: Roles) -> dict[str, tuple[str, ...]]:
    """Return the tables that are written together, by the stage, or further lesion set, whose results they show."""
    left_out = () if roles[EXTERNAL] else _OF_EXTERNAL
    stages = {stage: tuple(table for table in tables if table not in left_out) for stage, tables in _STAGES.items()}
    return stages | {dataset: tables_of(dataset) for dataset in roles[LESION][1:]}


def tables_of(dataset: str) -> tuple[str, ...]:
    """Return the tables of a further data set with lesion networks of its own."""
    return _NUMBERED.get(dataset, tuple(f"{dataset}-{part}" for part in _LIKE))


def test_table(dataset: str) -> str:
    """Return the table of a further lesion set's test set."""
    return tables_of(dataset)[1]


def targets_of_tables(roles: Roles) -> dict[str, tuple[str, ...]]:
    """Return the tables of named targets."""
    stages = stages_of(roles)
    lesion = tuple(table for table in stages["lesion"] if table.isdigit() or table[:-1].isdigit())
    return {
        "lesion": tuple(table for table in lesion if table not in _OF_EXTERNAL),
        **{dataset: _OF_EXTERNAL for dataset in roles[EXTERNAL]},
        **{dataset: stages[dataset] for dataset in roles[LESION][1:]},
    }


def like(number: str) -> str:
    """Return the table of the thesis's data sets that has the same form."""
    return _LIKE.get(number.rpartition("-")[2], number)


def _lesion_set(number: str, roles: Roles) -> str:
    own = (dataset for dataset in roles[LESION][1:] if number in tables_of(dataset))
    return next(own, set_of(LESION, roles))


def datasets_of(number: str, roles: Roles) -> list[str]:
    """Return the data sets that a table's numbers depend on."""
    found = [set_of(SEGMENTATION, roles)]
    if number != "05":
        found.append(set_of(SYMMETRY, roles))
    if number not in ("05", *_OF_SYMMETRY):
        found.append(_lesion_set(number, roles))
    if number in _OF_EXTERNAL:
        found.append(set_of(EXTERNAL, roles))
    return list(dict.fromkeys(found))


def masked_sets_of(number: str, roles: Roles) -> list[str]:
    """Return the data sets whose masked images a table's numbers depend on."""
    if number in _WITHOUT_MASKS:
        return []
    if number in ("06a", "06b"):
        return [set_of(SYMMETRY, roles)]
    if like(number) in ("13", "14"):
        return [set_of(SYMMETRY, roles), _lesion_set(number, roles)]
    return datasets_of(number, roles)


def is_of_thesis(number: str, roles: Roles) -> bool:
    """Return whether all data sets of a table are the thesis's."""
    return like(number) == number and datasets_of(number, roles) == datasets_of(number, THESIS)
