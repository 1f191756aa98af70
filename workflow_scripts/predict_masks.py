"""Write the lesion mask and the LAE box of every image of one shard of a data set."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
import yaml
from torch import nn

from selcn.artifacts import read_json, read_table, replacing, write_table
from selcn.device import pick_device
from selcn.ensemble import predict_masks
from selcn.inputs import open_pixels
from selcn.job import job
from selcn.lae import box_mask, lae_box
from selcn.segmentation import SegmentationSettings, load_segmentation_network
from selcn.stack import RowFile, writing_rows
from selcn.training.fit import batches, seed_everything
from selcn.training.images import Pixels
from selcn.unseeing import apply_by_fold, folds_of, rows_of_shard
from selcn.work import Work

BOX = ["x0", "y0", "x1", "y1"]
# In place of a fold: the networks of all of them together.
ALL = -1


def png_of(mask: np.ndarray) -> bytes:
    """Return a 0/1 mask as a PNG of 0 and 255."""
    written, content = cv2.imencode(".png", mask.astype(np.uint8) * 255)
    if not written:
        raise ValueError(f"OpenCV could not encode a mask of shape {mask.shape} as PNG")
    return content.tobytes()


def mask_row(image_id: str, mask: np.ndarray, factor: float) -> dict:
    """Return one image's row of the manifest."""
    box, found = lae_box(mask, factor)
    return {
        "image_id": image_id,
        "seg_path": f"seg/{image_id}.png",
        "lae_path": f"lae/{image_id}.png",
        "seg_sha256": hashlib.sha256(png_of(mask)).hexdigest(),
        "lae_sha256": hashlib.sha256(png_of(box_mask(box, len(mask)))).hexdigest(),
        "lesion_found": found,
        **dict(zip(BOX, map(np.int16, box), strict=True)),
        "area_share": np.float32(mask.mean()),
    }


@dataclass(frozen=True)
class Predictors:
    """The networks that write the masks.

    Attributes
    ----------
    networks
        For each fold those whose mean is taken.
    folds
        The fold that is applied to each image, (n,); `ALL` stands for every fold's network together.
    """

    networks: Mapping[int, list[nn.Module]]
    folds: np.ndarray


def open_predictors(inputs, dataset: str, ids: list[str], settings: SegmentationSettings, device) -> Predictors:
    """Load the selected architecture's networks, and say which is applied to which image."""
    architecture = read_json(inputs.selected)["architecture"]
    models = [path for path in inputs.models if Path(path).parts[-3] == architecture]
    networks = [load_segmentation_network(architecture, settings, model, device) for model in models]
    if not inputs.lesions:
        return Predictors({ALL: networks}, np.full(len(ids), ALL, np.int8))
    folds = folds_of(read_table(inputs.lesions), dataset, ids, "segmentation")
    return Predictors({fold: [network] for fold, network in enumerate(networks)}, folds)


def predict(
    predictors: Predictors, pixels: Pixels, ids: list[str], factor: float, flips: bool, batch_size: int, folder: Path
) -> pd.DataFrame:
    """Write the masks into an array in a folder and return their manifest."""

    def masks_by(fold: int, rows: torch.Tensor) -> list[torch.Tensor]:
        return [predict_masks(predictors.networks[fold], pixels, rows, flips)]

    rows = []
    with writing_rows(folder / "masks.npy", len(ids), pixels.images.shape[1:3], np.uint8) as append:
        for chosen in batches(torch.arange(len(ids)), batch_size):
            (predicted,) = apply_by_fold(predictors.folds, chosen, masks_by)
            for row, mask in zip(chosen.tolist(), predicted.numpy().astype(np.uint8), strict=True):
                append(mask)
                rows.append(mask_row(ids[row], mask, factor))
    return pd.DataFrame(rows).assign(fold=predictors.folds)


def write_pictures(masks: RowFile, manifest: pd.DataFrame, folder: Path) -> None:
    """Write both masks of every image as PNG, for people to look at, into a folder that all shards share."""
    for mask, row in zip(map(masks.__getitem__, range(len(masks))), manifest.itertuples(), strict=True):
        box = box_mask((row.x0, row.y0, row.x1, row.y1), len(mask))
        for path, content in ((row.seg_path, png_of(mask)), (row.lae_path, png_of(box))):
            with replacing(folder / path) as temporary:
                temporary.write_bytes(content)


def main(snakemake, log) -> None:
    inputs, dataset = snakemake.input, snakemake.wildcards.dataset
    ids = read_table(inputs.rows)["image_id"].tolist()
    sliced = {"lesions": rows_of_shard(inputs.lesions, dataset, ids, "segmentation")} if inputs.lesions else {}
    work = Work.of_job(snakemake, sliced)
    if not work.finished:
        settings = SegmentationSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
        seed_everything(settings.training)
        device = pick_device()
        predictors = open_predictors(inputs, dataset, ids, settings, device)
        pixels = open_pixels("none", inputs, settings.input, device)
        chosen = dict(snakemake.params.settings, batch_size=settings.training.batch_size, folder=work.outputs)
        manifest = predict(predictors, pixels, ids, **chosen)
        log.info("no lesion found in %d of %d images", (~manifest["lesion_found"]).sum(), len(manifest))
        write_table(manifest, work.outputs / "manifest.parquet")
        work.finish()
    manifest = read_table(work.outputs / "manifest.parquet")
    write_pictures(RowFile(work.outputs / "masks.npy"), manifest, Path(snakemake.output.manifest).parents[1])
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
