"""Write the lesion mask and the LAE box of every image of one shard of a data set."""

from pathlib import Path

import numpy as np
import yaml

from selcn.jobs.device import pick_device
from selcn.jobs.job import job
from selcn.jobs.resumable import Work, as_list
from selcn.masks.prediction import masks_by_fold
from selcn.masks.writing import restore_pictures, write_masks
from selcn.networks.out_of_fold import folds_of, rows_of_shard
from selcn.networks.segmentation import SegmentationSettings, load_segmentation_network
from selcn.storage.artifacts import read_json, read_table, write_table
from selcn.storage.gpu_shards import open_packed
from selcn.storage.row_arrays import RowFile, ShardedArray
from selcn.training.fit import seed_everything
from selcn.training.images import Pixels

# In place of a fold: the networks of all of them together.
ALL = -1


def open_networks(inputs, settings: SegmentationSettings, device) -> dict[int, list]:
    """Load the selected architecture's networks: those of each fold whose mean is taken."""
    architecture = read_json(inputs.selected)["architecture"]
    models = [path for path in inputs.models if Path(path).parts[-3] == architecture]
    networks = [load_segmentation_network(architecture, settings, model, device) for model in models]
    return {fold: [network] for fold, network in enumerate(networks)} if inputs.lesions else {ALL: networks}


def predict(snakemake, ids: list[str], images: ShardedArray, array: Path, folder: Path):
    """Write the masks of images into an array, and their pictures into a folder; return their manifest."""
    inputs, params = snakemake.input, snakemake.params.settings
    settings = SegmentationSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device = pick_device()
    folds = np.full(len(ids), ALL, np.int8)
    if inputs.lesions:
        folds = folds_of(read_table(inputs.lesions), snakemake.wildcards.dataset, ids, "segmentation")
    networks = open_networks(inputs, settings, device)
    # Each image is read once: to keep them on a GPU would gain nothing.
    pixels = Pixels(images, None, settings.input, device)
    masks = masks_by_fold(networks, folds, pixels, settings.inference_batch_size, params["flips"])
    return write_masks(masks, ids, images.shape[1], params["factor"], array, folder).assign(fold=folds)


def main(snakemake, log) -> None:
    inputs, dataset = snakemake.input, snakemake.wildcards.dataset
    rows, images = open_packed(as_list(inputs.images), as_list(inputs.rows), snakemake.params.shard)
    ids, sliced = rows["image_id"].tolist(), {"images": rows, "rows": rows}
    if inputs.lesions:
        sliced["lesions"] = rows_of_shard(inputs.lesions, dataset, ids, "segmentation")
    work = Work.of_job(snakemake, sliced)
    masks, manifest = work.outputs / "masks.npy", work.outputs / "manifest.parquet"
    folder = Path(snakemake.output.manifest).parents[1]
    if work.finished:
        restore_pictures(RowFile(masks), read_table(manifest), folder)
    else:
        table = predict(snakemake, ids, images, masks, folder)
        log.info("no lesion found in %d of %d images", (~table["lesion_found"]).sum(), len(table))
        write_table(table, manifest)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
