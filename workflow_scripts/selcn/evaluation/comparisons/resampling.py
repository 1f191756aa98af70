"""Bootstrap, jackknife and permutation of lesions, for all cells, runs and metrics at once."""

from collections.abc import Sequence

import numpy as np

from selcn.evaluation.comparisons.measured import Measured

# Resamples are computed in chunks of this size: memory stays flat, and more resamples begin with the same ones.
CHUNK = 250


def observed(measured: Measured) -> np.ndarray:
    """Return the scores on the test set itself, averaged over folds: shape (C, S, M)."""
    return _scores(measured, np.ones((1, len(measured.lesion)), np.float32))[:, 0]


def bootstrap(measured: Measured, resamples: int, generator: np.random.Generator) -> np.ndarray:
    """Return the scores on bootstrap resamples of the lesions, averaged over folds.

    A resample has as many lesions as the test set, drawn with replacement, each with all of its images. All cells,
    seeds and folds share each resample, so that differences between them are paired.

    Returns
    -------
    ndarray
        Shape (C, resamples, S, M), float64; NaN where a metric is undefined on a resample.
    """
    lesions = int(measured.lesion.max()) + 1
    parts = []
    for size in _chunks(resamples):
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


def permute(
    measured: Measured, pairs: Sequence[tuple[int, int]], permutations: int, generator: np.random.Generator
) -> np.ndarray:
    """Return the differences of pairs of cells under random permutation of their results, lesion by lesion.

    In each permutation a coin decides for each lesion whether the two cells swap their results on all of its images, in
    all seeds and folds together. Under the null hypothesis the two cells are exchangeable.

    Parameters
    ----------
    measured
        The cells.
    pairs
        P pairs of positions in `measured.cells`.
    permutations, generator
        Number of permutations and source of the coins; the same permutations for all pairs.

    Returns
    -------
    ndarray
        Shape (P, permutations, M), float64: first cell minus second, averaged over folds and seeds.
    """
    lesions = int(measured.lesion.max()) + 1
    cells = sorted({cell for pair in pairs for cell in pair})
    whole = {cell: measured.totals(cell, np.ones((1, len(measured.lesion)), np.float32)) for cell in cells}
    parts = []
    for size in _chunks(permutations):
        kept = generator.integers(0, 2, (size, lesions)).astype(np.float32)[:, measured.lesion]
        part = {cell: measured.totals(cell, kept) for cell in cells}
        parts.append(np.stack([_permuted(measured, whole, part, *pair) for pair in pairs]))
    return np.concatenate(parts, axis=1)


def _permuted(measured: Measured, whole: dict, part: dict, first: int, second: int) -> np.ndarray:
    kept = part[first] - part[second]
    differences = measured.scores(whole[second] + kept) - measured.scores(whole[first] - kept)
    return differences.mean(axis=(1, 2))


def _scores(measured: Measured, weights: np.ndarray) -> np.ndarray:
    cells = range(len(measured.cells))
    return np.stack([measured.scores(measured.totals(cell, weights)).mean(axis=2) for cell in cells])


def _chunks(count: int) -> list[int]:
    return [min(CHUNK, count - begun) for begun in range(0, count, CHUNK)]
