"""Arguments of `report(...)`: where tables and figures stand in Snakemake's own report, with which caption."""

from selcn.design.datasets import ROLES
from selcn.report.tables.data_sets import Roles, is_of_thesis, like
from selcn.report.tables.specs import SPECS

# Snakemake sorts categories by name; the numbers keep the order of the study.
CATEGORIES = {
    "data": "1. Data and leakage",
    "segmentation": "2. Segmentation",
    "symmetry": "3. Symmetry",
    "lesion": "4. Lesion classification",
    "isic2019": "5. ISIC2019",
    "external": "5a. Other external data sets",
    "isic2016": "6. ISIC2016",
    "further": "6a. Lesion networks of other data sets",
    "questions": "7. Research questions",
    "search": "8. Search for hyper-parameters",
    "images": "9. Single images",
}
"""The report's categories by stage."""

TABLES = {
    "audit": ("data", "Leakage audit"),
    "label-audit": ("data", "Doubtful labels"),
    "label-costs": ("data", "Metrics with other labels"),
    "hair": ("data", "Hair removal"),
    "05": ("segmentation", "Segmentation, test set"),
    "06a": ("symmetry", "Symmetry, validation sets"),
    "06b": ("symmetry", "Symmetry, test set"),
    "07": ("symmetry", "Localisation of CAMs"),
    "backbones": ("symmetry", "Backbones"),
    "malignancy": ("symmetry", "Network of a sham control"),
    "08a": ("lesion", "Lesions, validation sets"),
    "08b": ("lesion", "Lesions, test set"),
    "09": ("lesion", "Localisation of CAMs"),
    "11": ("lesion", "Classes of model 1"),
    "12": ("lesion", "Classes of model 3"),
    "measures": ("lesion", "Further metrics"),
    "subgroups": ("lesion", "Patients and images"),
    "epochs": ("lesion", "Epochs of all networks"),
    "10": ("isic2019", "Lesions"),
    "unfamiliar": ("isic2019", "Out-of-distribution images"),
    "13": ("isic2016", "Lesions, validation sets"),
    "14": ("isic2016", "Lesions, test set"),
    "15": ("isic2016", "Localisation of CAMs"),
    "comparisons": ("questions", "Cells in pairs"),
    "answers": ("questions", "Research questions"),
}
"""Stage and short title of each table; the report lists them in a narrow column."""


def marked(caption: str, stage: str, group: str = "Figures", **labels: str) -> dict:
    """Return the arguments of `report(...)` for a file.

    Parameters
    ----------
    caption
        Name of a file of `report/`, without `.rst`.
    stage
        A key of `CATEGORIES`.
    group
        The subcategory: Tables, Figures or another. Where two protocols have the same files in it, the report switches
        between them.
    labels
        The columns in which the report lists the file. The first tells it from the others of its group: Snakemake
        (9.27) takes any other that has two values for a switch, and its page fails where a file is missing in one.
    """
    return {
        "caption": f"../report/{caption}.rst",
        "category": CATEGORIES[stage],
        "subcategory": group,
        "labels": {**labels, "stage": stage, "protocol": labels.get("protocol", "{protocol}")},
    }


def marked_table(name: str, roles: Roles = ROLES) -> dict:
    """Return the arguments of `report(...)` for a table: a key of `TABLES`, or one of a further lesion set."""
    spec = SPECS.get(like(name))
    stage, title = TABLES[like(name)]
    if spec is None or (spec.number == name and not spec.in_thesis):
        caption = name if spec is None else f"table-{name}"
    elif is_of_thesis(name, roles):
        caption = "table"
    else:
        caption, stage = "table-own", stage if spec.number == name else "further"
    cell = {"cell": spec.only} if spec and spec.only else {}
    return marked(caption, stage, "Tables", table=f"{name}: {title}", **cell)
