"""Pack the clean images and the lesion masks of one data set into two arrays, with a manifest of their rows."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from selcn.artifacts import create_array, read_table, replacing, sha256_of, write_json, write_table
from selcn.hair import read_image
from selcn.job import logged
from selcn.pack import PackSettings, pack_image, pack_mask


def join_manifests(index: pd.DataFrame, hair: pd.DataFrame, hair_path: Path) -> pd.DataFrame:
    """Return the index, in its order, with each clean image's path and SHA-256 (columns clean_path, clean_sha256).

    Raises
    ------
    ValueError
        The hair removal's manifest does not list the images of the index.
    """
    unmatched = sorted(set(index["image_id"]) ^ set(hair["image_id"]))
    if unmatched:
        raise ValueError(
            f"{hair_path}: {len(unmatched)} images are in only one of it and the index, such as {unmatched[0]}; "
            "expected the same images: delete it and run the same command again"
        )
    clean = pd.DataFrame(
        {
            "image_id": hair["image_id"],
            "clean_path": [str(hair_path.parent / path) for path in hair["path"]],
            "clean_sha256": hair["sha256"],
        }
    )
    return index.merge(clean, on="image_id", how="left", validate="one_to_one")


def pack_row(number_and_row, images: np.ndarray, masks: np.ndarray, settings: PackSettings) -> None:
    """Fill one row of the arrays: the clean image, and the mask where the index names one."""
    number, row = number_and_row
    image = read_image(row.clean_path, row.clean_sha256)
    images[number] = pack_image(image, settings)
    if pd.isna(row.mask_path):
        return
    mask = read_image(row.mask_path, row.mask_sha256)
    if mask.shape != image.shape:
        raise ValueError(
            f"{row.mask_path}: the mask is {mask.shape[1]}x{mask.shape[0]} pixels; expected "
            f"{image.shape[1]}x{image.shape[0]}, the size of {row.image_id}: supply the mask at its image's size"
        )
    masks[number] = pack_mask(mask[..., 0] > 0, settings)


def main(snakemake, log) -> None:
    settings = PackSettings(**snakemake.params.settings)
    table = join_manifests(
        read_table(snakemake.input.index), read_table(snakemake.input.hair), Path(snakemake.input.hair)
    )
    cv2.setNumThreads(1)
    shape = (len(table), settings.size, settings.size)
    # Mapped arrays keep memory flat; both are zero until a row is filled.
    with replacing(snakemake.output.images) as images_path, replacing(snakemake.output.masks) as masks_path:
        images, masks = create_array((*shape, 3), images_path), create_array(shape, masks_path)
        pack = partial(pack_row, images=images, masks=masks, settings=settings)
        with ThreadPoolExecutor(snakemake.threads) as pool:
            rows = pool.map(pack, enumerate(table.itertuples()))
            for _ in tqdm(rows, total=len(table), unit="image", disable=None):
                pass
        images.flush()
        masks.flush()
    manifest = table[["image_id", "lesion_id", "label", "part"]].assign(has_mask=table["mask_path"].notna())
    manifest.insert(0, "row", np.arange(len(table), dtype=np.int32))
    write_table(manifest, snakemake.output.manifest)
    packed = {
        "size": settings.size,
        "count": len(table),
        "images_sha256": sha256_of(snakemake.output.images),
        "masks_sha256": sha256_of(snakemake.output.masks),
    }
    write_json(packed, snakemake.output.packed)
    log.info("%d images, %d masks, %d pixels a side", len(table), manifest["has_mask"].sum(), settings.size)


with logged(snakemake.log[0]) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
