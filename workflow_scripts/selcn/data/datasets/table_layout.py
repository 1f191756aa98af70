"""The layout of a label table that is read as it is declared. Standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableLayout:
    """The layout of a label table that is read as it is declared.

    Parameters
    ----------
    file
        Its name in the data set's folder, or several, whose rows follow each other; none: each lesion mask is a row.
    columns
        `image` and, where it has them, `diagnosis`, `lesion`, `patient`, `age`, `sex`, `site`, `source`, `mask`,
        `symmetry`, `skin_type` -> the table's own names; of `diagnosis` one, or several, the most specific first.
    diagnoses
        The table's diagnoses -> labels, those outside the networks' classes among them.
    left_out
        Diagnoses, or values of the symmetry where that is the label, whose images are left out.
    symmetry
        The values of the column `symmetry` -> labels; empty where the label is the diagnosis.
    prefix
        What stands before ids that are not the ISIC Archive's; None: the data set's name and _.
    delimiter
        What separates its cells; None: comma, semicolon or tab, whichever its first line has most.
    format
        "ph2" (see `selcn.data.datasets.ph2`), or empty: a plain table.
    optional
        Columns that may be missing, by the table's own names; their cells are empty then.
    one_hot
        Whether each diagnosis is a column of its own; an image without a mark has the empty diagnosis.
    rows
        Column -> regular expression that its cells match in full in the rows that are read.
    join
        `file`, one or several, whose columns are added to the rows, and `by`, the column that both have; or None.
    """

    file: str | Sequence[str]
    columns: Mapping[str, str | Sequence[str]]
    diagnoses: Mapping[str, str]
    left_out: Sequence[str] = ()
    symmetry: Mapping[str, str] = field(default_factory=dict)
    prefix: str | None = None
    delimiter: str | None = None
    format: str = ""
    optional: Sequence[str] = ()
    one_hot: bool = False
    rows: Mapping[str, str] = field(default_factory=dict)
    join: Mapping | None = None

    @property
    def diagnosed(self) -> bool:
        """Whether the table has diagnoses."""
        return self.one_hot or "diagnosis" in self.columns
