"""Pack the clean images and the lesion masks of one shard into two arrays, with a manifest of their rows."""

import hashlib
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from selcn.data.hair import read_image
from selcn.data.packing import PackSettings, pack_image, pack_mask
from selcn.jobs.job import job
from selcn.jobs.parallel import in_order
from selcn.jobs.resumable import Work
from selcn.storage.artifacts import DamagedArtifactError, read_table, write_table
from selcn.storage.checksums import set_aside
from selcn.storage.row_arrays import writing_rows
from selcn.storage.shards import in_shard

# Of the index; what else stands there, such as a patient's age, packs nothing again.
INDEX_COLUMNS = ["image_id", "lesion_id", "label", "part", "mask_path", "mask_sha256"]


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
            "clean_path": [str(hair_path.parents[1] / path) for path in hair["path"]],
            "clean_sha256": hair["sha256"],
        }
    )
    return index.merge(clean, on="image_id", how="left", validate="one_to_one")


def pack_row(row, settings: PackSettings, hair_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return one packed clean image, and its mask; zeros where the index names none."""
    try:
        image = read_image(row.clean_path, row.clean_sha256)
    except (DamagedArtifactError, FileNotFoundError) as error:
        set_aside(row.clean_path)
        set_aside(hair_path)
        what = f"{row.clean_path}: not the image that {hair_path} lists"
        raise DamagedArtifactError(f"{what}; both were set aside, run the same command again") from error
    packed = pack_image(image, settings)
    if pd.isna(row.mask_path):
        return packed, np.zeros((settings.size, settings.size), np.uint8)
    mask = read_image(row.mask_path, row.mask_sha256)
    if mask.shape != image.shape:
        raise ValueError(
            f"{row.mask_path}: the mask is {mask.shape[1]}x{mask.shape[0]} pixels; expected "
            f"{image.shape[1]}x{image.shape[0]}, the size of {row.image_id}: supply the mask at its image's size"
        )
    return packed, pack_mask(mask[..., 0] > 0, settings)


def pack(table: pd.DataFrame, settings: PackSettings, hair_path: Path, threads: int, folder: Path) -> pd.DataFrame:
    """Write the arrays of a shard into a folder and return their manifest."""
    cv2.setNumThreads(1)
    shape, checksums = (settings.size, settings.size), []
    rows = in_order(partial(pack_row, settings=settings, hair_path=hair_path), table.itertuples(), threads)
    with (
        writing_rows(folder / "images.npy", len(table), (*shape, 3), np.uint8) as append_image,
        writing_rows(folder / "masks.npy", len(table), shape, np.uint8) as append_mask,
    ):
        for image, mask in tqdm(rows, total=len(table), unit="image", disable=None):
            append_image(image)
            append_mask(mask)
            checksums.append(hashlib.sha256(image.tobytes() + mask.tobytes()).hexdigest())
    columns = table[["image_id", "lesion_id", "label", "part"]]
    return columns.assign(has_mask=table["mask_path"].notna(), sha256=checksums)


def main(snakemake, log) -> None:
    settings, hair_path = PackSettings(**snakemake.params.settings), Path(snakemake.input.hair)
    index = in_shard(read_table(snakemake.input.index)[INDEX_COLUMNS], **snakemake.params.shard)
    work = Work.of_job(snakemake, {"index": index.drop(columns="mask_path")})
    if not work.finished:
        table = join_manifests(index, read_table(hair_path), hair_path)
        manifest = pack(table, settings, hair_path, snakemake.threads, work.outputs)
        write_table(manifest, work.outputs / "manifest.parquet")
        log.info("%d images, %d masks, %d pixels a side", len(table), manifest["has_mask"].sum(), settings.size)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
