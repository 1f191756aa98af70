"""How another method of hair removal changes segmentation and diagnosis: two studies that differ in it alone.

    ONE="results/leakfree/segmentation/unet/fold-{0,1}/counts.parquet
         results/leakfree/lesion/ham10000/cls-none_sym-off/seed-42/cams.parquet"
    snakemake --profile profiles/local --directory study/blackhat $(eval echo $ONE) --configfile config/frozen.yaml
    snakemake --profile profiles/local --directory study/lines $(eval echo $ONE) \
        --configfile config/frozen.yaml config/hair_lines.yaml
    python benchmarks/hair_in_study.py study/blackhat study/lines docs/results/hair

Both studies have the same splits; networks are compared on the same test images, cleaned by the method that they were
trained with. Intervals and p values are those of the study's comparisons, over lesions; they say nothing about
retraining, since each network has one seed.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE)]

from benchmarks.hair_report import rows_of  # noqa: E402
from selcn.evaluation.comparisons.measured import image_scores_of  # noqa: E402
from selcn.evaluation.comparisons.pairs import Pair  # noqa: E402
from selcn.evaluation.comparisons.parts import lesions_of, prediction_parts  # noqa: E402
from selcn.evaluation.comparisons.table import ComparisonSettings, Part, compare  # noqa: E402
from selcn.evaluation.metrics import segmentation_scores  # noqa: E402
from selcn.storage.artifacts import read_table  # noqa: E402 (its folder must be on the path)

NEW, FORMER = "lines", "blackhat"
DATASET, NETWORK, CELL, SEED = "ham10000", "unet", "cls-none_sym-off", 42
SEGMENTATION_FOLDS, LESION_FOLDS = (0, 1), range(4)
SETTINGS = ComparisonSettings(resamples=2000, permutations=2000, alpha=0.05)
METRICS = ("dice", "sensitivity", "specificity")
HEAD = """# Hair removal and the networks after it

`python benchmarks/hair_in_study.py`: `leakfree` of `config/frozen.yaml` ([what differs from the
thesis](../frozen/README.md#what-differs-from-the-thesis)) with either method, on the same splits of HAM10000 at
200x150; two U-Nets (folds 0 and 1, two epochs) and the cell `cls-none_sym-off` (four folds), each trained and tested on
images that its method cleaned. CIs and p values are over lesions, for these trained networks; retraining may change as
much.

"""


def segmentation_part(results: Mapping[str, Path], lesions: pd.DataFrame) -> Part:
    """Return the segmentation networks' scores of each test image, their mean over folds."""
    tables = {}
    for method, folder in results.items():
        counts = [
            read_table(folder / f"segmentation/{NETWORK}/fold-{fold}/counts.parquet") for fold in SEGMENTATION_FOLDS
        ]
        folds = [table[table["subset"] == "test"].reset_index(drop=True) for table in counts]
        scores = pd.concat(pd.concat([table["image_id"], segmentation_scores(table)], axis=1) for table in folds)
        tables[method] = scores.groupby("image_id", as_index=False).mean()
    pairs = (Pair("segmentation", NEW, FORMER),)
    return Part(DATASET, image_scores_of(tables, lesions, METRICS, DATASET), pairs)


def diagnosis_part(results: Mapping[str, Path], lesions: pd.DataFrame) -> Part:
    """Return the lesion networks' predictions of the test set."""
    runs = {
        method: {
            (SEED, fold): folder / f"lesion/{DATASET}/{CELL}/seed-{SEED}/fold-{fold}/predictions/test.parquet"
            for fold in LESION_FOLDS
        }
        for method, folder in results.items()
    }
    (part,) = prediction_parts(runs, [Pair("diagnosis", NEW, FORMER)], lesions, DATASET)
    return part


def main() -> None:
    """Write study.csv and study.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("former", type=Path, help="study with the thesis's method")
    parser.add_argument("new", type=Path, help="study with hair removal by lines")
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    lesions = lesions_of(read_table(given.former / "results/lesions/groups.parquet"), DATASET)
    results = {FORMER: given.former / "results/leakfree", NEW: given.new / "results/leakfree"}
    parts = [segmentation_part(results, lesions), diagnosis_part(results, lesions)]
    table = compare(parts, SETTINGS, np.random.default_rng(0))
    table.to_csv(given.out / "study.csv", index=False, float_format="%.6g")
    (given.out / "study.md").write_text(_text(table))


def _text(table: pd.DataFrame) -> str:
    head = ["Stage", "Metric", FORMER, NEW, "Difference (95 % CI)", "Adjusted p", "Images", "Lesions"]
    rows = [
        [
            row.question.capitalize(),
            row.metric.replace("_", " "),
            f"{row.reference_score:.4f}",
            f"{row.cell_score:.4f}",
            f"{row.difference:+.4f} ({row.low:+.4f} to {row.high:+.4f})",
            f"{row.p_adjusted:.3f}",
            f"{row.images:,}",
            f"{row.lesions:,}",
        ]
        for row in table.itertuples()
    ]
    return HEAD + rows_of(head, rows)


if __name__ == "__main__":
    main()
