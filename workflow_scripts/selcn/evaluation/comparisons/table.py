"""The table of differences between cells, with intervals, p values and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selcn.evaluation.comparisons.families import fewest_exchanges
from selcn.evaluation.comparisons.inference import (
    degrees_of_freedom,
    holm,
    interval,
    training_error,
    training_luck,
    two_sided_p,
    widened,
)
from selcn.evaluation.comparisons.measured import Measured
from selcn.evaluation.comparisons.pairs import Pair
from selcn.evaluation.comparisons.resampling import bootstrap, exchange, leave_one_out, observed

HIGHER, LOWER, NOT_TOLD_APART = "higher", "lower", "not told apart"

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
    """How cells are compared.

    Attributes
    ----------
    draws
        Bootstrap draws of lesions.
    exchanges
        Exchanges of the permutation test.
    alpha
        Level of the test after Holm's correction; the intervals hold with 1 - alpha, each for itself.
    """

    draws: int
    exchanges: int
    alpha: float


@dataclass(frozen=True)
class Part:
    """Pairs that are compared on one test set and by networks of the same seeds.

    Attributes
    ----------
    testset
        The images that the cells are measured on.
    measured
        The cells.
    pairs
        What is compared with what.
    """

    testset: str
    measured: Measured
    pairs: tuple[Pair, ...]


def compare(parts: Sequence[Part], settings: ComparisonSettings, generator: np.random.Generator) -> pd.DataFrame:
    """Compare pairs of cells by every metric.

    What the intervals and p values speak of: lesions drawn as those of the test set were, each with all of its images.
    With one seed they are of the very networks that were trained, and say nothing of training them anew, nor of the
    method apart from its luck. With several seeds they are of new trainings of the lesion network, given the splits,
    masks and symmetry networks: the seeds' own spread is added, with Student's t for there being few of them. Folds are
    averaged; they are no sample of anything.

    Parameters
    ----------
    parts
        The pairs; all of one question are a family of Holm's correction, over all parts and metrics.
    settings
        How many draws, and the level.
    generator
        Where draws come from; the same state gives the same table, and a pair's interval does not depend on which
        other pairs there are.

    Returns
    -------
    DataFrame
        A row a pair and metric, in the order of the parts, their pairs and `measured.metrics`; columns `COLUMNS`.
        Scores are means over folds and seeds; difference, low and high are of cell minus reference, low and high NaN
        where the metric is undefined on a draw; outcome is "higher" or "lower" where the adjusted p is below alpha and
        the interval is on that side of 0, else "not told apart".

    Raises
    ------
    ValueError
        A pair names a cell that was not measured, or there are too few exchanges for any p of a family to fall below
        alpha after its correction.
    """
    parts = [part for part in parts if part.pairs]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})
    _require_enough_exchanges(parts, settings)
    # Each kind of draw has a stream of its own: more of one leaves the others as they are. Each part begins them anew.
    streams = generator.bit_generator.seed_seq.spawn(4)  # type: ignore[attr-defined]
    estimates = [_estimates(part, settings, [np.random.default_rng(stream) for stream in streams]) for part in parts]
    table = pd.concat(estimates, ignore_index=True).assign(alpha=settings.alpha)
    table["p_adjusted"] = table.groupby("question")["p"].transform(lambda p: holm(p.to_numpy()))
    table["outcome"] = _outcomes(table, settings.alpha)
    return table[list(COLUMNS)].astype(COLUMNS)


def _estimates(part: Part, settings: ComparisonSettings, generators: Sequence[np.random.Generator]) -> pd.DataFrame:
    """Return the rows of a part, without what depends on the other rows of their family."""
    measured, (first, second) = part.measured, _positions(part)
    of_lesions, of_exchanges, *of_trainings = generators
    scores, left_out = observed(measured), leave_one_out(measured).mean(axis=2)
    redrawn = bootstrap(measured, settings.draws, of_lesions)
    by_seed, drawn = scores[first] - scores[second], redrawn[first] - redrawn[second]
    difference, seeds = by_seed.mean(axis=1), by_seed.shape[1]
    degrees = degrees_of_freedom(left_out[first] - left_out[second])
    means = widened(drawn.mean(axis=2), difference, degrees, settings.alpha)
    exchanged = exchange(measured, list(zip(first, second, strict=True)), settings.exchanges, of_exchanges)
    if seeds > 1:
        error = training_error(by_seed, drawn)
        means = means + training_luck(error, seeds, settings.draws, of_trainings[0])
        exchanged = exchanged + training_luck(error, seeds, settings.exchanges, of_trainings[1])
    low, high = interval(means, settings.alpha)
    # Each of shape (P, M), of P pairs.
    numbers = {
        "cell_score": scores[first].mean(axis=1),
        "reference_score": scores[second].mean(axis=1),
        "difference": difference,
        "low": low,
        "high": high,
        "p": two_sided_p(difference, exchanged),
    }
    return _rows(part).assign(**{name: values.ravel() for name, values in numbers.items()})


def _require_enough_exchanges(parts: Sequence[Part], settings: ComparisonSettings) -> None:
    questions = [pair.question for part in parts for pair in part.pairs for _ in part.measured.metrics]
    sizes = pd.Series(questions).value_counts()
    family, least = sizes.index[0], fewest_exchanges(int(sizes.iloc[0]), settings.alpha)
    if settings.exchanges < least:
        raise ValueError(
            f"{settings.exchanges} exchanges for {sizes.iloc[0]} comparisons of the question {family!r}: none could be "
            f"told apart at {settings.alpha} after Holm's correction; expected at least {least}: set "
            f"comparisons.exchanges to {least} or more"
        )


def _positions(part: Part) -> tuple[list[int], list[int]]:
    position = {cell: number for number, cell in enumerate(part.measured.cells)}
    unknown = sorted({cell for pair in part.pairs for cell in (pair.cell, pair.reference)} - set(position))
    if unknown:
        raise ValueError(f"cells {unknown} are to be compared and were not measured; there are {list(position)}")
    return [position[pair.cell] for pair in part.pairs], [position[pair.reference] for pair in part.pairs]


def _rows(part: Part) -> pd.DataFrame:
    measured, (seeds, folds) = part.measured, part.measured.runs
    sizes = list(zip(measured.metrics, measured.sizes(), strict=True))
    rows = [(pair.question, pair.cell, pair.reference, metric, *size) for pair in part.pairs for metric, size in sizes]
    columns = ["question", "cell", "reference", "metric", "images", "lesions"]
    return pd.DataFrame(rows, columns=columns).assign(testset=part.testset, seeds=seeds, folds=folds)


def _outcomes(table: pd.DataFrame, alpha: float) -> np.ndarray:
    told = table["p_adjusted"] < alpha
    return np.select([told & (table["low"] > 0), told & (table["high"] < 0)], [HIGHER, LOWER], NOT_TOLD_APART)
