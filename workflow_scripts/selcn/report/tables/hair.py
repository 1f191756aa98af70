"""The table of hair removal: how much of the images of each data set it replaced."""

import math

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.report.tables.blocks import DEMO, MISSING, Block, Entry, Grid

# Of an image's pixels.
MUCH = 0.05
SHARES = {
    "replaced": "Replaced",
    "inside": "In the lesion",
    "outside": "Outside",
    "most": "Most, in one image",
    "much": f"Images above {MUCH:.0%}".replace("%", " %"),
}
HEAD = ("Data set", "Images", *SHARES.values())
METHODS = {
    "blackhat": "blackhat, the thesis's: thin dark structures, hair or not, such as the lines of a pigment network",
    "lines": "lines: long lines, darker or lighter than their surroundings",
}


def summary_of(dataset: str, shares: pd.DataFrame) -> dict[str, object]:
    """Return the row of a data set: numbers of images, and means of its images' shares.

    Parameters
    ----------
    shares
        Rows of `selcn.masks.replaced_hair.replaced_shares`.

    Returns
    -------
    dict
        dataset, images, replaced, inside, outside (means), most (the largest share), much (share of the images of which
        more than `MUCH` was replaced), lesions (images with a predicted lesion).
    """
    return {
        "dataset": dataset,
        "images": len(shares),
        "replaced": shares["share"].mean(),
        "inside": shares["inside"].mean(),
        "outside": shares["outside"].mean(),
        "most": shares["share"].max(),
        "much": (shares["share"] > MUCH).mean(),
        "lesions": int(shares["inside"].notna().sum()),
    }


def hair_blocks(table: pd.DataFrame, method: str, protocol: str, demo: bool) -> list[Block]:
    """Return the table of hair removal as text and a table.

    Parameters
    ----------
    table
        Rows of `summary_of`.
    method
        `hair.method` of the configuration.
    demo
        Whether the numbers come from synthetic images.
    """
    return [
        f"# Hair removal, lesions of the {protocol} protocol",
        *([DEMO] if demo else []),
        "Pixels that hair removal replaced, in percent: means over the images of a data set.",
        Grid(HEAD, [_line(row) for row in table.to_dict("records")]),
        f"- Method {METHODS[method]} (`hair.method`).\n"
        "- What was replaced is no measure of hair: the thesis's method replaces pixels of images without any too, a "
        "larger share in the lesion than outside.\n"
        "- Lesions as predicted in this protocol, at the size of packed images; images without a predicted lesion are "
        'not in the mean of "In the lesion".',
    ]


def _line(row: dict) -> list[str | Entry]:
    shares = [_percent(row[name]) for name in SHARES]
    return [DATASETS[row["dataset"]], Entry(f"{row['images']:,}", value=row["images"]), *shares]


def _percent(share: float) -> Entry:
    return MISSING if math.isnan(share) else Entry(f"{100 * share:.2f}", value=share)
