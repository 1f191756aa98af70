"""Bootstrap and jackknife of lesions, and exchange of two cells' results, for all cells, runs and metrics at once."""

from collections.abc import Sequence

import numpy as np

from selcn.evaluation.comparisons.measured import Measured

# So many draws are in hand at once: memory stays flat, and the draws are the same whatever their number.
CHUNK = 250


def observed(measured: Measured) -> np.ndarray:
    """Return the scores on the test set itself, averaged over folds: shape (C, S, M)."""
    return _scores(measured, np.ones((1, len(measured.lesion)), np.float32))[:, 0]


def bootstrap(measured: Measured, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Return the scores on test sets drawn anew from the lesions, averaged over folds.

    As many lesions are drawn as there are, with replacement, each with all of its images; one draw serves all cells,
    seeds and folds, so that differences between them are paired.

    Returns
    -------
    ndarray
        Shape (C, draws, S, M), float64; NaN where a metric is undefined on a draw.
    """
    lesions = int(measured.lesion.max()) + 1
    parts = []
    for size in _chunks(draws):
        counts = generator.multinomial(lesions, np.full(lesions, 1 / lesions), size)
        parts.append(_scores(measured, counts.astype(np.float32)[:, measured.lesion]))
    return np.concatenate(parts, axis=1)


def leave_one_out(measured: Measured) -> np.ndarray:
    """Return the scores without each lesion in turn, averaged over folds: shape (C, L, S, M)."""
    lesions = np.arange(measured.lesion.max() + 1)
    return np.concatenate(
        [
            _scores(measured, (measured.lesion != lesions[begun : begun + CHUNK, None]).astype(np.float32))
            for begun in range(0, len(lesions), CHUNK)
        ],
        axis=1,
    )


def exchange(
    measured: Measured, pairs: Sequence[tuple[int, int]], draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Return the differences of pairs of cells after exchanging their results lesion by lesion.

    For each draw and lesion a coin decides whether the two cells exchange what they have on all of its images, in all
    seeds and folds together: if both came from one source, no such exchange would be told from what was observed.

    Parameters
    ----------
    measured
        What is compared.
    pairs
        P pairs of positions in `measured.cells`.
    draws, generator
        How many exchanges, and where the coins come from; the same for all pairs.

    Returns
    -------
    ndarray
        Shape (P, draws, M), float64: first cell minus second, averaged over folds and seeds.
    """
    lesions = int(measured.lesion.max()) + 1
    cells = sorted({cell for pair in pairs for cell in pair})
    whole = {cell: measured.totals(cell, np.ones((1, len(measured.lesion)), np.float32)) for cell in cells}
    parts = []
    for size in _chunks(draws):
        kept = generator.integers(0, 2, (size, lesions)).astype(np.float32)[:, measured.lesion]
        part = {cell: measured.totals(cell, kept) for cell in cells}
        parts.append(np.stack([_exchanged(measured, whole, part, *pair) for pair in pairs]))
    return np.concatenate(parts, axis=1)


def _exchanged(measured: Measured, whole: dict, part: dict, first: int, second: int) -> np.ndarray:
    kept = part[first] - part[second]
    differences = measured.scores(whole[second] + kept) - measured.scores(whole[first] - kept)
    return differences.mean(axis=(1, 2))


def _scores(measured: Measured, weights: np.ndarray) -> np.ndarray:
    cells = range(len(measured.cells))
    return np.stack([measured.scores(measured.totals(cell, weights)).mean(axis=2) for cell in cells])


def _chunks(draws: int) -> list[int]:
    return [min(CHUNK, draws - begun) for begun in range(0, draws, CHUNK)]
