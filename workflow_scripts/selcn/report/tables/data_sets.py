"""The thesis's tables by stage and target, and the data sets that each depends on."""

STAGES = {
    "segmentation": ("05",),
    "symmetry": ("06a", "06b", "07"),
    "lesion": ("08a", "08b", "09", "10", "11", "12", "measures", "unfamiliar"),
    "isic2016": ("13", "14", "15"),
}
"""The tables that are written together, by the stage, or the data set of its own networks, whose results they show."""

TARGETS = {
    "lesion": ("08a", "08b", "09", "11", "12"),
    "isic2019": ("10", "unfamiliar"),
    "isic2016": STAGES["isic2016"],
}
"""The tables of named targets."""

EXTERNAL_TABLES = {
    "external": "Lesions",
    "thresholds": "Decision thresholds",
    "subgroups": "Patients and images",
    "comparisons": "Cells in pairs",
}
"""The tables `<table>-<set>` of each external set beyond the first, with short titles."""

_SYMMETRY_SETS = ("ham10000", "symderm")
_DATASETS = {
    "05": ("ham10000",),
    **dict.fromkeys(("10", "unfamiliar"), (*_SYMMETRY_SETS, "isic2019")),
    **dict.fromkeys(STAGES["isic2016"], (*_SYMMETRY_SETS, "isic2016")),
}
_MASKED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("05", "11", "malignancy"), ()),
    **dict.fromkeys(("06a", "06b"), ("symderm",)),
    **dict.fromkeys(("13", "14"), ("symderm", "isic2016")),
}


def datasets_of(number: str) -> list[str]:
    """Return the data sets that a table's numbers depend on."""
    return list(_DATASETS.get(number, _SYMMETRY_SETS))


def masked_sets_of(number: str) -> list[str]:
    """Return the data sets whose masked images a table's numbers depend on."""
    return list(_MASKED.get(number, datasets_of(number)))
