"""Pairs that are not compared, since a network of theirs failed."""

from collections.abc import Iterable, Mapping, Sequence

from selcn.evaluation.comparisons.pairs import Pair
from selcn.report.answers.names import pair_name
from selcn.report.answers.words import count_of
from selcn.report.tables.notes import failed_models


def pairs_left_out(pairs: Iterable[Pair], failed: Mapping[str, str]) -> list[Pair]:
    """Return the pairs of which a cell or model failed."""
    return [pair for pair in pairs if pair.cell in failed or pair.reference in failed]


def left_out(pairs: Sequence[Pair], failed: Mapping[str, str]) -> str:
    """Return which pairs are not compared, and why; empty where all are.

    Parameters
    ----------
    pairs
        Those of `pairs_left_out`.
    failed
        The reason of each failed cell and model.
    """
    if not pairs:
        return ""
    named = "; ".join(pair_name(pair.question, pair.cell, pair.reference) for pair in pairs)
    of_pairs = {name for pair in pairs for name in (pair.cell, pair.reference)}
    reasons = failed_models({name: reason for name, reason in failed.items() if name in of_pairs})
    return " ".join(
        [
            f"**Not compared, because a network failed: {count_of(len(pairs), 'pair')}:** {named}.",
            *reasons,
            "Holm's correction is over the comparisons that were made; these do not count.",
        ]
    )
