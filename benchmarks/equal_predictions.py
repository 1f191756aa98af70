"""Whether a bundle predicts a study's own test images as the study did, to the bit.

    python benchmarks/equal_predictions.py study cls-none_sym-none docs/results/prediction

Every image starts from its file. Batches have the study's size, and all images of a batch one symmetry fold, as in the
study's own batches: networks round differently in batches of other sizes.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE)]

from benchmarks.machine import describe_machine, versions  # noqa: E402
from selcn.masks.writing import BOX  # noqa: E402
from selcn.prediction.cascade import Cascade  # noqa: E402
from selcn.prediction.preparing import Prepared  # noqa: E402
from selcn.prediction.result import ImagePrediction  # noqa: E402
from selcn.storage.artifacts import read_table  # noqa: E402
from selcn.storage.cam_table import load_cams, rows_of  # noqa: E402 (its folder must be on the path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("cell")
    parser.add_argument("target", type=Path, help="folder of the results")
    parser.add_argument("--protocol", default="leakfree")
    parser.add_argument("--dataset", default="ham10000")
    parser.add_argument("--count", type=int, default=1000, help="most images")
    arguments = parser.parse_args()
    target = arguments.target.resolve()
    os.chdir(arguments.study)
    torch.set_num_threads(1)
    result = compared(Path("results") / arguments.protocol, arguments.dataset, arguments.cell, arguments.count)
    result |= {"cell": arguments.cell, "protocol": arguments.protocol}
    result |= {"machine": describe_machine(), "versions": versions()}
    target.mkdir(parents=True, exist_ok=True)
    (target / f"equal-{arguments.cell}.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def compared(results: Path, dataset: str, cell: str, count: int) -> dict[str, object]:
    """Return for how many test images each result equals the study's to the bit."""
    cascade = Cascade.load(results / "bundle" / cell, "cpu")
    told = cascade.bundle.metadata
    networks = [
        results / f"lesion/{dataset}/{cell}/seed-{n['seed']}/fold-{n['fold']}" for n in told["lesion"]["networks"]
    ]
    tables = [read_table(folder / "predictions/test.parquet").set_index("image_id") for folder in networks]
    index = read_table(results.parent / f"data/{dataset}/index.parquet").set_index("image_id")
    prepared = {image_id: cascade.prepare(index.loc[image_id, "path"]) for image_id in tables[0].index[:count]}
    chosen = in_full_batches(prepared, told["lesion"]["settings"]["inference_batch_size"])
    found = {
        image_id: prediction
        for batch in chosen
        for image_id, prediction in zip(batch, cascade.predict_prepared([prepared[key] for key in batch]), strict=True)
    }
    probabilities = [f"prob_{name}" for name in told["classes"]]
    return {
        "images": len(found),
        "networks": len(networks),
        "predictions_equal": sum(
            np.array_equal(table.loc[image_id, probabilities].to_numpy(np.float32), prediction.networks[k])
            for k, table in enumerate(tables)
            for image_id, prediction in found.items()
        ),
        **maps_equal(results, dataset, told["symmetry"]["model"], found),
    }


def in_full_batches(prepared: dict[str, Prepared], size: int) -> list[Sequence[str]]:
    """Return the ids of images in batches of one symmetry fold; those of a last, smaller batch are left out."""
    folds = pd.Series({image_id: image.known.symmetry_fold for image_id, image in prepared.items()})
    ids = [list(own.index) for _, own in folds.groupby(folds)]
    return [own[start : start + size] for own in ids for start in range(0, len(own) - size + 1, size)]


def maps_equal(results: Path, dataset: str, model: str, found: dict[str, ImagePrediction]) -> dict[str, int]:
    """Return for how many images LAE box and symmetry CAM equal the study's."""
    boxes = read_table(results / f"masks/{dataset}/manifest.parquet").set_index("image_id")[list(BOX)]
    frame, cams = load_cams(results / f"cams/{dataset}/{model}/cams.parquet")
    rows = rows_of(frame, list(found), ["original"] * len(found))
    return {
        "boxes_equal": sum(tuple(boxes.loc[image_id]) == each.box for image_id, each in found.items()),
        "symmetry_cams_equal": sum(
            np.array_equal(cams[row], each.symmetry_cam) for row, each in zip(rows, found.values(), strict=True)
        ),
    }


if __name__ == "__main__":
    main()
