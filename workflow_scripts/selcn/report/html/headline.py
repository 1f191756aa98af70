"""The summary's first lines: by how much symmetry CAMs change macro F1, and how sure that is."""

from dataclasses import dataclass

import pandas as pd

from selcn.design.cam_sources import ZEROS
from selcn.design.cells import CELLS, cell_of
from selcn.evaluation.comparisons.table import NOT_SIGNIFICANT
from selcn.report.answers.words import ci_name, count_of, p_text, signed
from selcn.report.html.results import Results
from selcn.report.tables.comparisons import PREDICTIONS

METRIC = "macro_f1"
WITHOUT, WITH = CELLS[:2]
"""Models 1 and 2: without a mask, and without CAMs or with those of the symmetry model on unmasked input."""


@dataclass(frozen=True)
class Effect:
    """A difference in macro F1.

    Attributes
    ----------
    scores
        Macro F1 of model 2, and of what it is compared with.
    outcome
        Whether it is significant.
    certainty
        Confidence interval and adjusted p.
    networks
        What both were computed from: numbers of lesions, seeds and folds.
    """

    scores: tuple[str, str]
    difference: str
    outcome: str
    certainty: str
    networks: str


def effects(results: Results, name: str = "comparisons") -> dict[str, dict[str, Effect | None]]:
    """Return, by protocol, what model 2 gains over model 1 (`cams`) and over zeros (`zeros`); None: not compared.

    Parameters
    ----------
    name
        The table of comparisons.
    """
    references = {"cams": WITHOUT, "zeros": cell_of("none", ZEROS)}
    return {
        protocol: {over: _effect(table, reference) for over, reference in references.items()}
        for protocol, table in results.of_protocols(name).items()
    }


def _effect(table: pd.DataFrame, reference: str) -> Effect | None:
    of_pair = (table["cell"] == WITH) & (table["reference"] == reference)
    rows = table[of_pair & (table["measured"] == PREDICTIONS) & (table["metric"] == METRIC)]
    if rows.empty or pd.isna(rows["difference"].iloc[0]):
        return None
    row = rows.iloc[0]
    undefined = pd.isna(row["low"]) or pd.isna(row["high"])
    interval = "undefined" if undefined else f"{signed(row['low'])} to {signed(row['high'])}"
    counts = [count_of(row[noun + "s"], noun) for noun in ("lesion", "seed", "fold")]
    return Effect(
        (f"{row['cell_score']:.3f}", f"{row['reference_score']:.3f}"),
        signed(row["difference"]),
        row["outcome"] if row["outcome"] == NOT_SIGNIFICANT else f"significantly {row['outcome']}",
        f"{ci_name(row['alpha'])} {interval}, adjusted p {p_text(row['p_adjusted'])}",
        ", ".join(counts),
    )
