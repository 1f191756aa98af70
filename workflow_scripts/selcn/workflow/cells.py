"""Cells of a study, by its configuration."""

from collections.abc import Collection, Iterable, Mapping

from selcn.design.cam_sources import lesion_cells
from selcn.design.cells import CELLS
from selcn.report.tables.data_sets import like
from selcn.report.tables.specs import SPECS


def cells_of_study(lesion: Mapping) -> list[str]:
    """Return the cells of the first lesion set, by the section `lesion`: all, or those that `lesion.cells` names."""
    cells, named = lesion_cells(lesion["sham"], lesion["oracle"]), lesion["cells"]
    return cells if named is None else [cell for cell in cells if cell in named]


def cells_refusal(lesion: Mapping) -> str | None:
    """Return why the study cannot have the cells that `lesion.cells` names, and what to do; None where it can."""
    named, known = lesion["cells"], lesion_cells(lesion["sham"], lesion["oracle"])
    unknown = [cell for cell in named or [] if cell not in known]
    if unknown:
        return (
            f"lesion.cells names {', '.join(unknown)}, no cell of this study; expected some of {', '.join(known)}; "
            "sham and oracle controls are among them for the masks in lesion.sham and lesion.oracle"
        )
    if named is not None and not set(named) & set(CELLS):
        return (
            f"lesion.cells names {', '.join(named)}, only controls; add the cells to compare them with, such as "
            f"{CELLS[0]}"
        )
    return None


def tables_of_cells(tables: Iterable[str], cells: Collection[str]) -> list[str]:
    """Return those of some tables that a study of these cells has: the table of a single cell needs that cell."""
    return [table for table in tables if SPECS[like(table)].only in {None, *cells}]
