"""What two images are known by as images of one lesion, in words."""

import pandas as pd

from selcn.data.duplicates.decisions import CERTAIN, CONFIRMED, LISTED, REJECTED

_JUDGED = {LISTED: "by a published list", CONFIRMED: "confirmed by a person"}


def evidence_of(pair) -> str:
    """Return what a pair is known by.

    Parameters
    ----------
    pair
        A row of `selcn.data.duplicates.decisions.decide`, as a named tuple.
    """
    parts = []
    if pd.notna(pair.distance):
        parts.append(f"{pair.distance} bits, r = {pair.correlation:.3f}" + (f", {pair.turn}" if pair.turn else ""))
    if pd.notna(pair.inliers):
        parts.append(f"{pair.inliers} agreeing features, zoom {pair.scale:.2f}, turn {pair.rotation:.0f}°")
    if pair.certainty == CERTAIN and pair.reason in _JUDGED:
        parts.append(_JUDGED[pair.reason])
    if pair.certainty == REJECTED:
        parts.append("rejected by a person")
    return "; ".join(parts)
