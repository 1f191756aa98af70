"""Write the lesion mask and the LAE box of every image of one data set."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
import yaml

from selcn.artifacts import read_json, read_table, sha256_of, write_array, write_json, write_table
from selcn.device import pick_device
from selcn.ensemble import predict_masks
from selcn.inputs import open_pixels
from selcn.job import logged
from selcn.lae import box_mask, lae_box
from selcn.segmentation import SegmentationSettings, load_segmentation_network
from selcn.training.fit import batches, seed_everything
from selcn.work import Work


def write_mask(mask: np.ndarray, path: Path) -> str:
    """Write a 0/1 mask as a PNG of 0 and 255; return its checksum."""
    path.parent.mkdir(exist_ok=True)
    if not cv2.imwrite(str(path), mask.astype(np.uint8) * 255):
        raise OSError(f"{path}: could not be written; is the disk full?")
    return sha256_of(path)


def mask_row(row: int, image_id: str, mask: np.ndarray, factor: float, folder: Path) -> dict:
    """Write one image's two masks and return its row of the manifest."""
    box, found = lae_box(mask, factor)
    seg, lae = f"seg/{image_id}.png", f"lae/{image_id}.png"
    return {
        "row": row,
        "image_id": image_id,
        "seg_path": seg,
        "lae_path": lae,
        "seg_sha256": write_mask(mask, folder / seg),
        "lae_sha256": write_mask(box_mask(box, len(mask)), folder / lae),
        "lesion_found": found,
        **dict(zip(("x0", "y0", "x1", "y1"), map(np.int16, box), strict=True)),
        "area_share": np.float32(mask.mean()),
    }


def predict(inputs, factor: float, flips: bool, settings: SegmentationSettings, folder: Path) -> pd.DataFrame:
    """Write all masks into a folder and return their manifest."""
    seed_everything(settings.training)
    device = pick_device()
    architecture = read_json(inputs.selected)["architecture"]
    models = [path for path in inputs.models if Path(path).parts[-3] == architecture]
    networks = [load_segmentation_network(architecture, settings, model, device) for model in models]
    pixels = open_pixels("none", inputs, settings.input, device)
    ids = read_table(inputs.rows)["image_id"].tolist()
    masks, rows = np.zeros(pixels.images.shape[:3], np.uint8), []
    for chosen in batches(torch.arange(len(ids)), settings.training.batch_size):
        predicted = predict_masks(networks, pixels, chosen, flips).numpy()
        for row, mask in zip(chosen.tolist(), predicted, strict=True):
            masks[row] = mask
            rows.append(mask_row(row, ids[row], mask, factor, folder))
    write_array(masks, folder / "masks.npy")
    write_json({"masks_sha256": sha256_of(folder / "masks.npy")}, folder / "masks.json")
    return pd.DataFrame(rows)


def main(snakemake, log) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        settings = SegmentationSettings.from_config(yaml.safe_load(Path(snakemake.input.settings).read_text()))
        manifest = predict(snakemake.input, settings=settings, folder=work.outputs, **snakemake.params.settings)
        log.info("no lesion found in %d of %d images", (~manifest["lesion_found"]).sum(), len(manifest))
        write_table(manifest.astype({"row": "int32"}), work.outputs / "manifest.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with logged(snakemake.log[0]) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
