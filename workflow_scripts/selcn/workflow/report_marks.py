"""Arguments of `report(...)`: where tables and figures stand in Snakemake's own report, with which caption."""

from selcn.report.tables.specs import SPECS

# Snakemake sorts categories by name; the numbers keep the order of the study.
CATEGORIES = {
    "data": "1. Data and leakage",
    "segmentation": "2. Segmentation",
    "symmetry": "3. Symmetry",
    "lesion": "4. Lesion classification",
    "isic2019": "5. ISIC2019",
    "isic2016": "6. ISIC2016",
    "questions": "7. Research questions",
    "search": "8. Search for hyper-parameters",
    "images": "9. Single images",
}
"""The report's categories by stage."""

# Their cells are those of the lesion stage, whose job writes them.
_ISIC2019 = ("10", "unfamiliar")


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


def marked_table(number: str, stage: str) -> dict:
    """Return the arguments of `report(...)` for one of the tables that show values of models.

    Parameters
    ----------
    number
        A key of `selcn.report.tables.specs.SPECS`.
    stage
        The stage whose job writes it.
    """
    spec = SPECS[number]
    cell = {"cell": spec.only} if spec.only else {}
    caption = "table" if spec.in_thesis else f"table-{number}"
    stage = "isic2019" if number in _ISIC2019 else stage
    return marked(caption, stage, "Tables", table=f"{number}: {spec.title}", **cell)
