"""Files of lesion masks: the array of a shard's masks, their PNG pictures and their manifest."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import yaml

from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.jobs.device import pick_device
from selcn.jobs.parallel import in_order
from selcn.jobs.resumable import as_list
from selcn.masks.lae import Box, box_mask, lae_box
from selcn.masks.prediction import masks_by_fold
from selcn.networks.out_of_fold import folds_of
from selcn.networks.segmentation import SegmentationSettings, load_segmentation_network
from selcn.storage.artifacts import read_json, read_table, replacing, sha256_of
from selcn.storage.row_arrays import RowFile, placing_rows
from selcn.training.fit import seed_everything
from selcn.training.images import Pixels
from selcn.training.packed import PackedImages

BoxOf = Callable[[np.ndarray], tuple[Box, bool]]
BOX = ("x0", "y0", "x1", "y1")
# Threads that encode and write pictures while the networks predict.
WRITERS = 4


def write_masks(
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    ids: Sequence[str],
    size: int,
    box_of: BoxOf,
    array: Path,
    folder: Path,
) -> pd.DataFrame:
    """Write the masks of a shard's images as they are predicted, and return their manifest.

    Parameters
    ----------
    batches
        Row numbers, (B,), and the masks of these rows, (B, S, S) bool; each row once, in any order.
    ids
        The image_id of each row, (n,).
    size
        Side of the masks, in pixels.
    box_of
        Returns a mask's LAE box, and whether it has a lesion: `selcn.masks.lae.lae_box`.
    array
        The file of the masks, uint8 (n, S, S).
    folder
        Folder of all shards' pictures: `seg/<image_id>.png` and `lae/<image_id>.png`.

    Returns
    -------
    pandas.DataFrame
        One row for each image, in the order of `ids`: image_id, seg_path, lae_path, seg_sha256, lae_sha256,
        lesion_found, x0, y0, x1, y1 (the LAE box), area_share.

    Raises
    ------
    ValueError
        A row is missing or occurs twice.
    """
    # One image per thread: OpenCV's own threads would compete with these.
    cv2.setNumThreads(1)
    order: list[int] = []

    def placed(place) -> Iterator[tuple[str, np.ndarray]]:
        for numbers, masks in batches:
            for number, mask in zip(numbers.tolist(), masks.astype(np.uint8), strict=True):
                place(number, mask)
                order.append(number)
                yield ids[number], mask

    with placing_rows(array, len(ids), (size, size), np.uint8) as place:
        rows = list(in_order(partial(write_mask, box_of=box_of, folder=folder), placed(place), WRITERS))
    return pd.DataFrame(rows, index=order).sort_index()


def write_mask(named: tuple[str, np.ndarray], box_of: BoxOf, folder: Path) -> dict[str, object]:
    """Write the pictures of one image's mask, uint8 (S, S), and return its row of the manifest."""
    image_id, mask = named
    box, found = box_of(mask)
    seg, lae = pictures_of(mask, box)
    row = {"image_id": image_id, "seg_path": f"seg/{image_id}.png", "lae_path": f"lae/{image_id}.png"}
    write_picture(seg, folder / row["seg_path"])
    write_picture(lae, folder / row["lae_path"])
    return row | {
        "seg_sha256": hashlib.sha256(seg).hexdigest(),
        "lae_sha256": hashlib.sha256(lae).hexdigest(),
        "lesion_found": found,
        **dict(zip(BOX, map(np.int16, box), strict=True)),
        "area_share": np.float32(mask.mean()),
    }


def restore_pictures(masks: RowFile, manifest: pd.DataFrame, folder: Path) -> None:
    """Rewrite the pictures that are missing or differ from the manifest of a shard's masks."""

    def restore(numbered: tuple) -> None:
        number, row = numbered
        places, sums = (folder / row.seg_path, folder / row.lae_path), (row.seg_sha256, row.lae_sha256)
        if not all(map(is_file_of, places, sums)):
            pictures = pictures_of(masks[number], (row.x0, row.y0, row.x1, row.y1))
            for content, place in zip(pictures, places, strict=True):
                write_picture(content, place)

    for _ in in_order(restore, enumerate(manifest.itertuples()), WRITERS):
        pass


def is_file_of(path: Path, sha256: str) -> bool:
    """Return whether a file exists and has a checksum."""
    return path.is_file() and sha256_of(path) == sha256


def pictures_of(mask: np.ndarray, box: Box) -> tuple[bytes, bytes]:
    """Return a mask and its LAE box, each as PNG."""
    return png_of(mask), png_of(box_mask(box, len(mask)))


def png_of(mask: np.ndarray) -> bytes:
    """Return a mask of 0 and 1 as a PNG of 0 and 255."""
    written, content = cv2.imencode(".png", mask * np.uint8(255))
    if not written:
        raise ValueError(f"OpenCV could not encode a mask of shape {mask.shape} as PNG")
    return content.tobytes()


def write_picture(content: bytes, path: Path) -> None:
    """Write a picture atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def open_networks(inputs, trained: Sequence[TrainedNetwork], settings: SegmentationSettings, device) -> dict[int, list]:
    """Load the selected architecture's networks: those of each fold whose mean is taken.

    Parameters
    ----------
    inputs
        A job's inputs: `selected`; `models`; `lesions`, where every image has the network of its own fold.
    trained
        The network that each of `models` is.
    """
    architecture = read_json(inputs.selected)["architecture"]
    networks = {
        network.fold: load_segmentation_network(architecture, settings, Path(model), device)
        for network, model in zip(trained, as_list(inputs.models), strict=True)
        if network.model == architecture
    }
    if inputs.lesions:
        return {fold: [network] for fold, network in networks.items()}
    return {ALL_FOLDS: list(networks.values())}


def predict(snakemake, packed: PackedImages, array: Path, folder: Path) -> pd.DataFrame:
    """Write the masks of images into an array, and their pictures into a folder; return their manifest."""
    inputs, params = snakemake.input, snakemake.params.settings
    settings = SegmentationSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device, ids = pick_device(), packed.rows["image_id"].tolist()
    folds = np.full(len(ids), ALL_FOLDS, np.int8)
    if inputs.lesions:
        folds = folds_of(read_table(inputs.lesions), snakemake.wildcards.dataset, ids, "segmentation")
    networks = open_networks(inputs, snakemake.params.networks, settings, device)
    # Each image is read once: to keep them on a GPU would gain nothing.
    pixels = Pixels(packed.images, None, settings.input, device)
    masks = masks_by_fold(networks, folds, pixels, settings.inference_batch_size, params["flips"])
    box_of = partial(lae_box, factor=params["factor"], empty_masks=params["empty_masks"])
    return write_masks(masks, ids, packed.images.shape[1], box_of, array, folder).assign(fold=folds)
