"""Tables of the comparisons of cells on an external set."""

from collections.abc import Sequence

import pandas as pd

from selcn.report.tables.blocks import Block
from selcn.report.tables.comparisons import PREDICTIONS, family_blocks
from selcn.report.tables.external import listed, opening

ABOUT = (
    "Images of the networks' classes whose lesions no network of any cell was trained on. Corrected together are the "
    "comparisons of a section, on this data set alone."
)


def external_comparisons(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `selcn.evaluation.comparisons.table.compare` in the columns of comparisons.csv."""
    return table.assign(measured=PREDICTIONS)[["measured", *table.columns]]


def external_comparison_blocks(
    table: pd.DataFrame, name: str, protocol: str, notes: Sequence[str], demo: bool, not_compared: str
) -> list[Block]:
    """Return the comparisons of cells on an external set.

    Parameters
    ----------
    table
        From `external_comparisons`.
    not_compared
        See `selcn.report.tables.comparisons.comparison_blocks`; the others are those of `external_blocks`.
    """
    blocks = [*opening(f"Comparisons of cells on {name}", name, protocol, demo), ABOUT]
    nothing = ["Nothing is compared: every cell failed, or every lesion was trained on."] if table.empty else []
    return [*blocks, *nothing, *family_blocks(table, not_compared), *listed(notes)]
