"""How often intervals hold the true difference, and how often the test finds one, over simulated studies.

    python benchmarks/coverage.py docs/results/coverage

Two cells on a test set as large as HAM10000's; their true difference is known from the probabilities that the
predictions are drawn from (tests/simulated_studies.py). One core.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

# Before numpy is imported, which reads it then.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE / "tests")]

from selcn.evaluation.comparisons.families import PREDICTION_METRICS  # noqa: E402 (its folder must be on the path)
from selcn.evaluation.comparisons.inference import interval  # noqa: E402
from selcn.evaluation.comparisons.measured import Predictions  # noqa: E402
from selcn.evaluation.comparisons.pairs import lesion_pairs  # noqa: E402
from selcn.evaluation.comparisons.resampling import bootstrap  # noqa: E402
from selcn.evaluation.comparisons.table import ComparisonSettings, Part, compare  # noqa: E402
from simulated_studies import Study  # noqa: E402

STUDIES, SEED = 1000, 1
SETTINGS = ComparisonSettings(resamples=600, permutations=300, alpha=0.05)
# Luck of which accuracies of single networks differ by about .01 (one standard deviation), as those of folds do.
LUCK = {"seed_luck": 0.1, "fold_luck": 0.2}
NO_LUCK = {"seed_luck": 0.0, "fold_luck": 0.0}
EFFECT = 0.15
HAM10000 = {"folds": 4, "lesions": 1494}
KINDS = {
    "1 seed, equal networks": Study(seeds=1, effect=0, **NO_LUCK, **HAM10000),
    "1 seed, equal networks, half the lesions": Study(seeds=1, effect=0, folds=4, lesions=747, **NO_LUCK),
    "1 seed, effect": Study(seeds=1, effect=EFFECT, **NO_LUCK, **HAM10000),
    "1 seed, equal methods, luck": Study(seeds=1, effect=0, **LUCK, **HAM10000),
    "2 seeds, equal methods, luck": Study(seeds=2, effect=0, **LUCK, **HAM10000),
    "5 seeds, equal methods, luck": Study(seeds=5, effect=0, **LUCK, **HAM10000),
    "5 seeds, effect, luck": Study(seeds=5, effect=EFFECT, **LUCK, **HAM10000),
}

Result = dict[str, np.ndarray]
"""Of one study low, high, p and p_adjusted, of many the rates that `simulate` returns: 4 metrics each."""


def compared(study: Predictions, generator: np.random.Generator) -> Result:
    """Return what the workflow tells of a study."""
    part = Part("ham10000", study, tuple(lesion_pairs(study.cells)))
    table = compare([part], SETTINGS, generator)
    return {name: table[name].to_numpy() for name in ("low", "high", "p", "p_adjusted")}


def percentiles_of(combine: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Callable[..., Result]:
    """Return a way of making intervals that was not taken: percentiles of draws (D, S, M) whose seeds are combined."""

    def compared_by_percentiles(study: Predictions, generator: np.random.Generator) -> Result:
        drawn = bootstrap(study, SETTINGS.resamples, generator)
        low, high = interval(combine(drawn[0] - drawn[1], generator)[None], SETTINGS.alpha)
        nothing = np.full(len(PREDICTION_METRICS), np.nan)
        return {"low": low[0], "high": high[0], "p": nothing, "p_adjusted": nothing}

    return compared_by_percentiles


def all_seeds(drawn: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return drawn.mean(axis=1)


def drawn_seeds(drawn: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw seeds with replacement, for each draw of lesions anew."""
    draws, seeds, _ = drawn.shape
    picked = generator.integers(0, seeds, (draws, seeds))
    return np.take_along_axis(drawn, picked[..., None], axis=1).mean(axis=1)


def simulate(kind: Study, method: Callable[..., Result], studies: int, generator: np.random.Generator) -> Result:
    """Return rates over studies, of 4 metrics each.

    Returns
    -------
    dict
        networks and trainings (shares of intervals that hold the difference of the very networks, and of networks
        trained anew), width (mean), found (share of p below alpha), any (share of studies with any adjusted p below).
    """
    anew = kind.difference_of_trainings(generator)
    rows = []
    for _ in range(studies):
        study, own = kind.run(generator)
        result = method(study, generator)
        holds = [(result["low"] <= truth) & (truth <= result["high"]) for truth in (own, anew)]
        found = [result[name] < SETTINGS.alpha for name in ("p", "p_adjusted")]
        rows.append([*holds, result["high"] - result["low"], found[0], np.broadcast_to(found[1].any(), anew.shape)])
    means = np.mean(np.asarray(rows, np.float64), axis=0)
    return dict(zip(("networks", "trainings", "width", "found", "any"), means, strict=True)) | {"truth": anew}


def table_of(results: dict[str, Result], what: str, form: str = ".1%") -> str:
    """Return a Markdown table: a row a kind of study, a column a metric."""
    lines = [
        "| studies | accuracy | balanced accuracy | macro F1 | kappa |",
        "| --- |" + " --- |" * len(PREDICTION_METRICS),
    ]
    lines += [f"| {name} | {' | '.join(format(v, form) for v in rates[what])} |" for name, rates in results.items()]
    return "\n".join(lines).replace("%", " %")


def coverage_text(results: dict[str, Result], others: dict[str, Result]) -> str:
    """Return what intervals hold, as Markdown."""
    one = {name: rates for name, rates in results.items() if name.startswith("1 seed")}
    several = {name: rates for name, rates in results.items() if name not in one}
    lucky = {name: rates for name, rates in one.items() if name.endswith("luck")}
    return f"""## Intervals of 95 %: how often they hold the true difference

One seed, the difference of the very networks:

{table_of(one, "networks")}

Several seeds, the difference of networks trained anew:

{table_of(several, "trainings")}

One seed, read as if it were of networks trained anew, which is what it must not be read as:

{table_of(lucky, "trainings")}

Percentiles of plain draws, which were not taken; several seeds, the difference of networks trained anew:

{table_of(others, "trainings")}

Mean width of the intervals:

{table_of(results, "width", ".3f")}
"""


def test_text(results: dict[str, Result]) -> str:
    """Return what the test finds, as Markdown."""
    lucky = {name: rates for name, rates in results.items() if name.startswith("1 seed") and name.endswith("luck")}
    effect = {name: rates for name, rates in results.items() if "effect" in name}
    equal = {name: rates for name, rates in results.items() if name not in effect and name not in lucky}
    any_metric = "\n".join(f"- {name}: {100 * rates['any'][0]:.1f} %" for name, rates in equal.items())
    return f"""## Test: how often p is below .05

Where there is no difference (5 % is right):

{table_of(equal, "found")}

Significant in any of the four metrics after Holm's correction, where there is no difference (at most 5 % is right):

{any_metric}

One seed, two equal methods whose networks differ by luck: the test finds the networks' difference, which is none of the
methods.

{table_of(lucky, "found")}

Where there is a difference (power):

{table_of(effect, "found")}

The true differences there:

{table_of(effect, "truth", "+.3f")}
"""


def report(results: dict[str, Result], others: dict[str, Result], seconds: float) -> str:
    """Return the results as Markdown."""
    error = 100 * (0.95 * 0.05 / STUDIES) ** 0.5
    machine = f"{platform.machine()}, Python {platform.python_version()}, numpy {version('numpy')}"
    return f"""# How far the comparisons of cells can be trusted

`python benchmarks/coverage.py docs/results/coverage`: {STUDIES:,} simulated studies of each kind (seed {SEED}),
{SETTINGS.resamples:,} resamples and {SETTINGS.permutations} permutations a study; {seconds / 60:.0f} min on one core
of {machine}.
A rate of 95 % or of 5 % has a standard error of {error:.1f} points.

A study: two cells, 4 folds, {HAM10000["lesions"]:,} lesions of 1 to 5 images in HAM10000's seven classes, where errors
go together within a lesion, between the networks of a cell and between cells. The true difference is known from the
probabilities that predictions are drawn from. "Luck" is what trainings differ by. "Effect" is a first cell that
recognises every class better by {EFFECT} on the scale of logits.

{coverage_text(results, others)}
{test_text(results)}"""


def main(out: Path) -> None:
    begun = time.monotonic()
    generator = np.random.default_rng(SEED)
    results = {}
    for name, kind in KINDS.items():
        results[name] = simulate(kind, compared, STUDIES, generator)
        print(f"{time.monotonic() - begun:.0f} s", name, results[name], flush=True)
    kind, others = KINDS["5 seeds, equal methods, luck"], {}
    for name, combine in (
        ("5 seeds, luck: lesions drawn alone", all_seeds),
        ("5 seeds, luck: lesions and seeds drawn", drawn_seeds),
    ):
        others[name] = simulate(kind, percentiles_of(combine), STUDIES, generator)
        print(f"{time.monotonic() - begun:.0f} s", name, others[name], flush=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(report(results, others, time.monotonic() - begun))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for README.md")
    main(parser.parse_args().out)
