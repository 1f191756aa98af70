"""Families of comparisons, which are corrected together: by what metrics, how large, and how many exchanges they need.

Without numpy, since the workflow asks this too whenever it is read.
"""

import math
from collections import Counter
from collections.abc import Iterable

from selcn.evaluation.comparisons.pairs import Pair

PREDICTION_METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "kappa")
LOCALISATION_METRICS = ("iou", "overlap", "hit", "hit_undilated", "empty_cam")


def largest_family(pairs: Iterable[Pair]) -> tuple[str, int]:
    """Return the question with the most comparisons, of predictions or of maps, and how many these are."""
    question, count = Counter(pair.question for pair in pairs).most_common(1)[0]
    return question, count * max(len(PREDICTION_METRICS), len(LOCALISATION_METRICS))


def fewest_exchanges(comparisons: int, alpha: float) -> int:
    """Return how many exchanges leave the smallest p of so many comparisons below alpha after Holm's correction."""
    # The smallest p is 1 / (exchanges + 1), and is multiplied by the number of comparisons.
    return math.floor(comparisons / alpha)
