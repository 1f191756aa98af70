"""Sham controls: replacements of the symmetry CAMs in the E-Layer, to separate its effect from that of symmetry."""

from collections.abc import Sequence

import cv2
import numpy as np
import pandas as pd

from selcn.data.input_masks import InputMasks
from selcn.data.splits.folds import NO_FOLD
from selcn.data.variants import VARIANTS, vary_array
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import GIVER

# Standard deviation of the Gaussian, as a share of the map's side. It is centred, as lesions in dermoscopy mostly are.
SPREAD = 0.25


def centred_gaussian(height: int, width: int) -> np.ndarray:
    """Return a centred Gaussian, (height, width) float16, 0..1; its standard deviation is a quarter of each side."""
    down, across = (((np.arange(size) + 0.5) / size - 0.5) / SPREAD for size in (height, width))
    peak = np.exp(-(down[:, None] ** 2 + across**2) / 2)
    return (peak / peak.max()).astype(np.float16)


def other_lesions(lesions: Sequence[str], groups: pd.DataFrame, generator: np.random.Generator) -> np.ndarray:
    """Return a permutation of the rows that gives each row one of another lesion in the same group.

    Parameters
    ----------
    lesions
        The lesion of each row, (N,).
    groups
        N rows; rows with equal values in all columns are a group.
    generator
        Source of randomness.

    Returns
    -------
    ndarray
        Shape (N,), int64: row numbers.

    Raises
    ------
    ValueError
        A lesion has more than half of the rows of its group.
    """
    rows = pd.DataFrame({"lesion": pd.factorize(np.asarray(lesions))[0]})
    shuffled = generator.permutation(rows["lesion"].max() + 1)[rows["lesion"]] if len(rows) else rows["lesion"]
    rows = rows.assign(place=shuffled, group=groups.groupby(list(groups), dropna=False).ngroup().to_numpy())
    taken = np.empty(len(rows), np.int64)
    for _, members in rows.sort_values("place", kind="stable").groupby("group"):
        # The rows of a lesion are adjacent, so a shift by the longest run moves every row to another lesion.
        step = members["lesion"].value_counts().max()
        if 2 * step > len(members):
            which = ", ".join(f"{name} {value}" for name, value in groups.iloc[members.index[0]].items())
            raise ValueError(
                f"a lesion has {step} of the {len(members)} CAMs of {which}, so not every image can take another "
                "lesion's; expected at most half: use more images, or leave out the sham controls (lesion.sham)"
            )
        taken[members.index] = np.roll(members.index, -step)
    return taken


def mask_maps(
    masks: InputMasks | np.ndarray, rows: np.ndarray, variants: Sequence[str], grid: tuple[int, int]
) -> np.ndarray:
    """Return lesion masks as maps: the share of lesion in each cell of a grid.

    Parameters
    ----------
    masks
        (M, S, S) uint8, 0 or 1.
    rows
        Row in `masks` of each map, (N,).
    variants
        Variant of each map's image, (N,).
    grid
        Height and width of the maps.

    Returns
    -------
    ndarray
        Shape (N, height, width), float16, 0..1.

    Raises
    ------
    ValueError
        A variant is not one of `selcn.data.variants.VARIANTS`.
    """
    unknown = sorted(set(variants) - set(VARIANTS))
    if unknown:
        raise ValueError(f"unknown variants {', '.join(unknown)}; expected only {', '.join(VARIANTS)}")
    out = np.empty((len(rows), *grid), np.float16)
    for place, row, variant in zip(out, rows, variants, strict=True):
        mask = np.ascontiguousarray(vary_array(masks[int(row)], variant), np.float32)
        place[:] = cv2.resize(mask, grid[::-1], interpolation=cv2.INTER_AREA)
    return out


def made_up(frame: pd.DataFrame, cam: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the same map for every image, which no network made."""
    cams = np.broadcast_to(cam, (len(frame), *cam.shape)).astype(np.float16)
    return frame.assign(predicted="", empty=not cam.any(), fold=np.int8(NO_FOLD)), cams


def of_other_lesions(frame: pd.DataFrame, cams: np.ndarray, inputs, dataset: str, seed: int):
    """Return for every image another lesion's CAM, by the same fold's network and of the same side of the split.

    Class, emptiness and fold are those of the giver, the image whose CAM it is, and the column `giver` names it.
    """
    groups, splits = read_table(inputs.groups), read_table(inputs.splits)
    lesion = groups[groups["dataset"] == dataset].set_index("image_id")["group"]
    role = splits.drop_duplicates("image_id").set_index("image_id")["role"]
    sides = pd.DataFrame({"fold": frame["fold"], "role": frame["image_id"].map(role)})
    taken = other_lesions(frame["image_id"].map(lesion), sides, np.random.default_rng(seed))
    given = {name: frame[name].to_numpy()[taken] for name in ("predicted", "empty", "fold")}
    return frame.assign(**given, **{GIVER: frame["image_id"].to_numpy()[taken]}), cams[taken]


def of_masks(frame: pd.DataFrame, inputs, grid: tuple[int, int]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return every image's mask, as cells with masked input take it, by the segmentation network that it is by."""
    rows = read_table(inputs.mask_rows)
    masks = InputMasks(inputs.masks, rows)
    place = pd.Index(rows["image_id"]).get_indexer(frame["image_id"])
    cams = mask_maps(masks, place, frame["variant"], grid)
    folds = rows["fold"].to_numpy(np.int8)[place]
    return frame.assign(predicted="", empty=~cams.any(axis=(1, 2)), fold=folds), cams
