"""How often images that are no dermoscopy are marked as unlike the training data, and dermoscopy is not.

    python benchmarks/unlike_images.py study/frozen docs/results/unlike --external isic2019other

The reference and the threshold are a bundle's: training and validation images of the lesion networks' fold 0. Crops of
photographs and close images (`unlike_cases.py`) are prepared as a bundle prepares new images.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
import yaml
from scipy.stats import binomtest

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE)]

from benchmarks.machine import describe_machine  # noqa: E402
from benchmarks.unlike_cases import PHOTOGRAPHS, close_images, photograph_crops  # noqa: E402
from selcn.networks.settings import InputSettings  # noqa: E402 (its folder must be on the path)
from selcn.prediction.preparing import Preparation  # noqa: E402
from selcn.prediction.unlike import UnlikeScore, fit_unlike, input_of_score, over, threshold_of  # noqa: E402
from selcn.storage.artifacts import read_table  # noqa: E402
from selcn.storage.row_arrays import ShardedArray, files_of_shards  # noqa: E402
from selcn.training.images import Pixels  # noqa: E402
from selcn.training.packed import PackedImages  # noqa: E402
from selcn.training.samples import Samples  # noqa: E402
from selcn.workflow.hair_method import hair_method  # noqa: E402

DATASET, FOLD = "ham10000", 0
KEPT = (0.95, 0.99)
LEVEL = 0.95


def main(study: Path, out: Path, external: str | None) -> None:
    """Write scores.csv, of the crops and close images, and rates.csv, of all groups."""
    results = study / "results"
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    settings = yaml.safe_load((results / "leakfree/settings/lesion.yaml").read_text())
    given = InputSettings(**settings["input"])
    splits = read_table(results / f"leakfree/splits/{DATASET}.parquet")
    packed = packed_images(results / "packed" / DATASET)
    score = UnlikeScore(settings["encoder"], results / f"weights/{settings['encoder']}.safetensors")
    fit_unlike(score, packed, splits, FOLD, given)
    given = input_of_score(given)
    pixels = packed.pixels(given, torch.device("cpu"))
    roles = {
        "validation": splits[splits["fold"] == FOLD],
        "test images": splits[splits["role"] == "test"],
    }
    tables = [scored(score, pixels, packed.rows, name, rows["image_id"].unique()) for name, rows in roles.items()]
    if external:
        others = packed_images(results / "packed" / external)
        elsewhere = others.pixels(given, torch.device("cpu"))
        tables.append(scored(score, elsewhere, others.rows, "external set", others.rows["image_id"]))
    cases = scored_cases(score, given, study, splits)
    table = pd.concat([*tables, cases], ignore_index=True)
    out.mkdir(parents=True, exist_ok=True)
    cases.round({"score": 3}).to_csv(out / "scores.csv", index=False)
    rates_of(table).round(3).to_csv(out / "rates.csv", index=False)
    print(describe_machine())


def packed_images(folder: Path) -> PackedImages:
    """Return the packed images of a data set."""
    rows = read_table(folder / "manifest.parquet")
    return PackedImages(rows, ShardedArray(files_of_shards(folder, "images.npy"), rows["image_id"]), None)


def scored(score: UnlikeScore, pixels: Pixels, packed_rows: pd.DataFrame, group: str, ids) -> pd.DataFrame:
    """Return the scores of packed images: group, source, used (for what) and score."""
    samples = Samples.locate(pd.DataFrame({"image_id": sorted(ids), "variant": "original"}), packed_rows)
    used = "threshold" if group == "validation" else "report"
    return pd.DataFrame({"group": group, "source": sorted(ids), "used": used, "score": over(score, pixels, samples)})


def scored_cases(score: UnlikeScore, given: InputSettings, study: Path, splits: pd.DataFrame) -> pd.DataFrame:
    """Return the same of crops of photographs and of close images, prepared as new images are."""
    configuration = yaml.safe_load((study / "results/report/run/configuration.yaml").read_text())
    told = {"hair": hair_method(configuration["hair"]), "pack": configuration["pack"]}
    preparation = Preparation.from_metadata(told)
    cases = [*photograph_crops(), *close_images(test_files(study, splits))]
    images = torch.from_numpy(np.stack([preparation.prepare(case.image).packed for case in cases]))
    every = torch.arange(len(cases))
    table = pd.DataFrame({"group": [case.group for case in cases], "source": [case.source for case in cases]})
    used = ["choosing" if case.choosing else "report" for case in cases]
    pixels = Pixels(images, None, given, torch.device("cpu"))
    return table.assign(used=used, score=over(score, pixels, Samples(table, every, torch.zeros_like(every))))


def test_files(study: Path, splits: pd.DataFrame) -> Iterator[tuple[str, Path, Path]]:
    """Yield id, image and lesion mask of the test images."""
    index = read_table(study / f"results/data/{DATASET}/index.parquet").set_index("image_id")
    for row in index.loc[sorted(splits.loc[splits["role"] == "test", "image_id"])].itertuples():
        yield row.Index, study / row.path, study / row.mask_path


def rates_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share of marked images of each group, with Wilson's interval, at each threshold.

    `sources` counts what the images were made from; where that was several from each, `lowest` is the share of the
    source that is marked least.
    """
    validation = table.loc[table["group"] == "validation", "score"].to_numpy()
    together = table[table["group"].isin(PHOTOGRAPHS)].assign(group="all photographs")
    rows = []
    for kept in KEPT:
        threshold = threshold_of(validation, kept)
        for (group, used), part in pd.concat([table, together]).groupby(["group", "used"], sort=False):
            marked = part["score"] > threshold
            interval = binomtest(int(marked.sum()), len(marked)).proportion_ci(LEVEL, "wilson")
            shares = marked.groupby(part["source"]).mean()
            lowest = shares.min() if len(shares) < len(part) else np.nan
            rows.append((kept, threshold, group, used, len(part), len(shares), marked.mean(), *interval, lowest))
    columns = ["kept", "threshold", "group", "used", "images", "sources", "marked", "low", "high", "lowest"]
    return pd.DataFrame(rows, columns=columns)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="working directory of a finished study")
    parser.add_argument("out", type=Path, help="folder for scores.csv and rates.csv")
    parser.add_argument("--external", help="a further data set of the study")
    arguments = parser.parse_args()
    main(arguments.study, arguments.out, arguments.external)
