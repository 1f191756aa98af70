"""Families of comparisons that are corrected together: their metrics, their size, and the permutations they need.

Without numpy, since Snakemake imports this module whenever it parses the workflow.
"""

import math
from collections import Counter
from collections.abc import Iterable

from selcn.evaluation.comparisons.pairs import Pair

PREDICTION_METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "kappa")
LOCALISATION_METRICS = ("iou", "overlap", "hit", "hit_undilated", "empty_cam")


def largest_family(pairs: Iterable[Pair]) -> tuple[str, int]:
    """Return the question with the most comparisons, of predictions or of localisation, and their number."""
    question, count = Counter(pair.question for pair in pairs).most_common(1)[0]
    return question, count * max(len(PREDICTION_METRICS), len(LOCALISATION_METRICS))


def fewest_permutations(comparisons: int, alpha: float) -> int:
    """Return the fewest permutations with which a p can fall below alpha after Holm's correction of a family."""
    # The smallest p is 1 / (permutations + 1), and is multiplied by the number of comparisons.
    return math.floor(comparisons / alpha)
