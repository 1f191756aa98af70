"""Maps for the E-Layer that are no symmetry model's CAMs, one for every image and variant that has a CAM."""

import numpy as np
import pandas as pd

from selcn.cams.controls import centred_gaussian, mask_maps, other_lesions
from selcn.data.splits.folds import NO_FOLD
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import load_cams, write_cams
from selcn.storage.row_arrays import ShardedArray


def made_up(frame: pd.DataFrame, cam: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the same map for every image, which no network made."""
    cams = np.broadcast_to(cam, (len(frame), *cam.shape)).astype(np.float16)
    return frame.assign(predicted="", empty=not cam.any(), fold=np.int8(NO_FOLD)), cams


def of_other_lesions(frame: pd.DataFrame, cams: np.ndarray, inputs, dataset: str, seed: int):
    """Return for every image another lesion's CAM, by the same fold's network and of the same side of the split."""
    groups, splits = read_table(inputs.groups), read_table(inputs.splits)
    lesion = groups[groups["dataset"] == dataset].set_index("image_id")["group"]
    role = splits.drop_duplicates("image_id").set_index("image_id")["role"]
    sides = pd.DataFrame({"fold": frame["fold"], "role": frame["image_id"].map(role)})
    taken = other_lesions(frame["image_id"].map(lesion), sides, np.random.default_rng(seed))
    return frame.assign(**{name: frame[name].to_numpy()[taken] for name in ("predicted", "empty")}), cams[taken]


def of_masks(frame: pd.DataFrame, inputs, grid: tuple[int, int]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return every image's lesion mask, by the segmentation network that its mask is by."""
    rows = read_table(inputs.mask_rows)
    masks, place = (
        ShardedArray(inputs.masks, rows["image_id"]),
        pd.Index(rows["image_id"]).get_indexer(frame["image_id"]),
    )
    cams = mask_maps(masks, place, frame["variant"], grid)
    folds = rows["fold"].to_numpy(np.int8)[place]
    return frame.assign(predicted="", empty=~cams.any(axis=(1, 2)), fold=folds), cams


def main(snakemake, log) -> None:
    inputs, wildcards = snakemake.input, snakemake.wildcards
    frame, cams = load_cams(inputs.cams)
    grid = cams.shape[1:]
    if wildcards.sham == "zeros":
        frame, cams = made_up(frame, np.zeros(grid))
    elif wildcards.sham == "gaussian":
        frame, cams = made_up(frame, centred_gaussian(*grid))
    elif wildcards.sham == "shuffled":
        frame, cams = of_other_lesions(frame, cams, inputs, wildcards.dataset, snakemake.params.seed)
    else:
        frame, cams = of_masks(frame, inputs, grid)
    log.info("%d maps, %d of them empty", len(frame), frame["empty"].sum())
    write_cams(frame, cams, snakemake.output.cams)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
