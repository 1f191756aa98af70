"""Table of differences between cells, with confidence intervals, p values and outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selcn.evaluation.comparisons.families import fewest_permutations
from selcn.evaluation.comparisons.inference import (
    degrees_of_freedom,
    holm,
    interval,
    training_error,
    training_variation,
    two_sided_p,
    widened,
)
from selcn.evaluation.comparisons.measured import Measured
from selcn.evaluation.comparisons.pairs import Pair
from selcn.evaluation.comparisons.resampling import bootstrap, leave_one_out, observed, permute

HIGHER, LOWER, NOT_SIGNIFICANT = "higher", "lower", "no significant difference"

COLUMNS = {
    "testset": "str",
    "question": "str",
    "cell": "str",
    "reference": "str",
    "metric": "str",
    "cell_score": "float64",
    "reference_score": "float64",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "outcome": "str",
    "alpha": "float64",
    "images": "int64",
    "lesions": "int64",
    "seeds": "int64",
    "folds": "int64",
}


@dataclass(frozen=True)
class ComparisonSettings:
    """Settings of the comparisons.

    Attributes
    ----------
    resamples
        Bootstrap resamples of the lesions (`comparisons.draws` of the configuration).
    permutations
        Permutations of the test (`comparisons.exchanges` of the configuration).
    alpha
        Significance level after Holm's correction; the intervals have level 1 - alpha, each by itself.
    """

    resamples: int
    permutations: int
    alpha: float


@dataclass(frozen=True)
class Part:
    """Pairs compared on one test set, by networks of the same seeds.

    Attributes
    ----------
    testset
        Name of the test set.
    measured
        The cells.
    pairs
        The pairs to compare.
    """

    testset: str
    measured: Measured
    pairs: tuple[Pair, ...]


def compare(parts: Sequence[Part], settings: ComparisonSettings, generator: np.random.Generator) -> pd.DataFrame:
    """Compare pairs of cells by every metric.

    Intervals and p values account for the sampling of lesions, each with all of its images. With one seed they hold for
    the trained networks only and say nothing about retraining. With several seeds they also account for retraining the
    lesion network with the same splits, masks and symmetry networks: the variation between seeds is added, with
    Student's t because seeds are few. Folds are averaged, not treated as a sample.

    Parameters
    ----------
    parts
        The pairs; all pairs of one question, over all parts and metrics, are a family of Holm's correction.
    settings
        Numbers of resamples and permutations, and the significance level.
    generator
        Source of randomness; the same state gives the same table, and a pair's interval does not depend on the other
        pairs.

    Returns
    -------
    DataFrame
        One row per pair and metric, in the order of the parts, their pairs and `measured.metrics`; columns `COLUMNS`.
        Scores are means over folds and seeds; difference, low and high are of cell minus reference, low and high NaN
        where the metric is undefined on a resample; outcome is "higher" or "lower" where the adjusted p is below alpha
        and the interval is on that side of 0, else "no significant difference".

    Raises
    ------
    ValueError
        A pair names a cell that was not measured, or the permutations are too few for any p of a family to fall below
        alpha after correction.
    """
    parts = [part for part in parts if part.pairs]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})
    _require_enough_permutations(parts, settings)
    # A random stream for each purpose: more resamples leave the permutations as they are. Each part restarts them.
    streams = generator.bit_generator.seed_seq.spawn(4)  # type: ignore[attr-defined]
    estimates = [_estimates(part, settings, [np.random.default_rng(stream) for stream in streams]) for part in parts]
    table = pd.concat(estimates, ignore_index=True).assign(alpha=settings.alpha)
    table["p_adjusted"] = table.groupby("question")["p"].transform(lambda p: holm(p.to_numpy()))
    table["outcome"] = _outcomes(table, settings.alpha)
    return table[list(COLUMNS)].astype(COLUMNS)


def _estimates(part: Part, settings: ComparisonSettings, generators: Sequence[np.random.Generator]) -> pd.DataFrame:
    """Return the rows of a part without the columns that depend on other rows of their family."""
    measured, (first, second) = part.measured, _positions(part)
    of_lesions, of_permutations, *of_trainings = generators
    scores, left_out = observed(measured), leave_one_out(measured).mean(axis=2)
    scores_resampled = bootstrap(measured, settings.resamples, of_lesions)
    by_seed, resampled = scores[first] - scores[second], scores_resampled[first] - scores_resampled[second]
    difference, seeds = by_seed.mean(axis=1), by_seed.shape[1]
    degrees = degrees_of_freedom(left_out[first] - left_out[second])
    means = widened(resampled.mean(axis=2), difference, degrees, settings.alpha)
    permuted = permute(measured, list(zip(first, second, strict=True)), settings.permutations, of_permutations)
    if seeds > 1:
        error = training_error(by_seed, resampled)
        means = means + training_variation(error, seeds, settings.resamples, of_trainings[0])
        permuted = permuted + training_variation(error, seeds, settings.permutations, of_trainings[1])
    low, high = interval(means, settings.alpha)
    # Each of shape (P, M), of P pairs.
    numbers = {
        "cell_score": scores[first].mean(axis=1),
        "reference_score": scores[second].mean(axis=1),
        "difference": difference,
        "low": low,
        "high": high,
        "p": two_sided_p(difference, permuted),
    }
    return _rows(part).assign(**{name: values.ravel() for name, values in numbers.items()})


def _require_enough_permutations(parts: Sequence[Part], settings: ComparisonSettings) -> None:
    questions = [str(pair.question) for part in parts for pair in part.pairs for _ in part.measured.metrics]
    sizes = pd.Series(questions).value_counts()
    family, least = sizes.index[0], fewest_permutations(int(sizes.iloc[0]), settings.alpha)
    if settings.permutations < least:
        raise ValueError(
            f"{settings.permutations} permutations for {sizes.iloc[0]} comparisons of the question {family!r}: after "
            f"Holm's correction no difference could be significant at {settings.alpha}; expected at least {least}: set "
            f"comparisons.exchanges to {least} or more"
        )


def _positions(part: Part) -> tuple[list[int], list[int]]:
    position = {cell: number for number, cell in enumerate(part.measured.cells)}
    unknown = sorted({cell for pair in part.pairs for cell in (pair.cell, pair.reference)} - set(position))
    if unknown:
        raise ValueError(f"cells {unknown} have no measurements to compare; expected some of {list(position)}")
    return [position[pair.cell] for pair in part.pairs], [position[pair.reference] for pair in part.pairs]


def _rows(part: Part) -> pd.DataFrame:
    measured, (seeds, folds) = part.measured, part.measured.runs
    sizes = list(zip(measured.metrics, measured.sizes(), strict=True))
    rows = [
        (str(pair.question), pair.cell, pair.reference, metric, *size) for pair in part.pairs for metric, size in sizes
    ]
    columns = ["question", "cell", "reference", "metric", "images", "lesions"]
    return pd.DataFrame(rows, columns=columns).assign(testset=part.testset, seeds=seeds, folds=folds)


def _outcomes(table: pd.DataFrame, alpha: float) -> np.ndarray:
    small = table["p_adjusted"] < alpha
    return np.select([small & (table["low"] > 0), small & (table["high"] < 0)], [HIGHER, LOWER], NOT_SIGNIFICANT)
