"""Localisation metrics of a CAM (section 5.3.2): IoU, percentage overlap and pointing game."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd


@dataclass(frozen=True)
class LocalisationSettings:
    """Settings of the localisation metrics.

    Attributes
    ----------
    threshold
        Pixels with an activation above this are activation points; 0..1.
    dilation_share
        Side of the square kernel that dilates the mask, as a share of the mask's width.
    dilations
        Number of dilations.
    """

    threshold: float = 0.5
    dilation_share: float = 0.05
    dilations: int = 2


DEFAULT = LocalisationSettings()


def dilated(mask: np.ndarray, settings: LocalisationSettings = DEFAULT) -> np.ndarray:
    """Return the mask dilated `settings.dilations` times with a square kernel.

    The kernel's side is the odd number of pixels nearest to its share of the width (the larger of two), anchored at
    its centre: an even kernel would shift the mask to one side. Outside the image is background.

    Parameters
    ----------
    mask
        Shape (H, W), bool or 0/1: true on the lesion.

    Returns
    -------
    ndarray
        Shape (H, W), bool.
    """
    side = 2 * int(settings.dilation_share * mask.shape[1] / 2) + 1
    kernel = np.ones((side, side), np.uint8)
    return cv2.dilate(mask.astype(bool).view(np.uint8), kernel, iterations=settings.dilations).astype(bool)


def localise(cam: np.ndarray, mask: np.ndarray, settings: LocalisationSettings = DEFAULT) -> dict[str, float | bool]:
    """Return the localisation metrics of one CAM, upsampled bilinearly to the lesion mask.

    Parameters
    ----------
    cam
        Shape (h, w), floating, 0..1; all 0 is an empty CAM.
    mask
        Shape (H, W), bool or 0/1: the true lesion mask.

    Returns
    -------
    dict
        iou : eq. (8) of activation points and dilated mask, 0..1; NaN where the mask is empty.
        overlap : eq. (9), the share of activation points on the dilated mask, 0..1; NaN where there are no activation
        points, or the mask is empty.
        hit, hit_undilated : whether a pixel of the highest activation lies in the dilated mask, in the mask itself;
        False where the CAM or the mask is empty. Of several equally high pixels, any one counts, so that no direction
        is favoured (a peak in an image's corner is upsampled to a block of them).
        empty_cam, empty_mask : bool.

    Raises
    ------
    ValueError
        The CAM is not in 0..1.
    """
    if not (cam.min() >= 0 and cam.max() <= 1):
        raise ValueError(f"the CAM has values in {cam.min()}..{cam.max()}; expected 0..1")
    mask, empty_cam = mask.astype(bool), bool(cam.max() == 0)
    if not mask.any():
        empty = {"iou": np.nan, "overlap": np.nan, "hit": False, "hit_undilated": False}
        return {**empty, "empty_cam": empty_cam, "empty_mask": True}
    full = cv2.resize(cam.astype(np.float32), mask.shape[::-1], interpolation=cv2.INTER_LINEAR)
    active, region, highest = full > settings.threshold, dilated(mask, settings), full == full.max()
    points, common = np.count_nonzero(active), np.count_nonzero(active & region)
    return {
        "iou": common / np.count_nonzero(active | region),
        "overlap": common / points if points else np.nan,
        "hit": not empty_cam and bool((highest & region).any()),
        "hit_undilated": not empty_cam and bool((highest & mask).any()),
        "empty_cam": empty_cam,
        "empty_mask": False,
    }


def localise_all(
    cams: np.ndarray, masks: np.ndarray, image_ids: Sequence[str], settings: LocalisationSettings = DEFAULT
) -> pd.DataFrame:
    """Return the localisation metrics of every image as a table.

    Parameters
    ----------
    cams
        Shape (N, h, w), floating, 0..1.
    masks
        Shape (N, H, W), bool or 0/1.
    image_ids
        N ids.

    Returns
    -------
    DataFrame
        N rows in the given order; columns image_id, iou, overlap, hit, hit_undilated, empty_cam, empty_mask.

    Raises
    ------
    ValueError
        The numbers of CAMs, masks and ids differ, or a CAM is not in 0..1 (the message names the image).
    """
    if not len(cams) == len(masks) == len(image_ids):
        raise ValueError(f"{len(cams)} CAMs, {len(masks)} masks and {len(image_ids)} image ids; expected one each")
    rows = []
    for image_id, cam, mask in zip(image_ids, cams, masks, strict=True):
        try:
            rows.append({"image_id": image_id, **localise(cam, mask, settings)})
        except ValueError as error:
            raise ValueError(f"{image_id}: {error}") from error
    columns = ["image_id", "iou", "overlap", "hit", "hit_undilated", "empty_cam", "empty_mask"]
    return pd.DataFrame(rows, columns=columns)


def summarise(frame: pd.DataFrame) -> dict[str, float | int]:
    """Return the values of tables 7, 9 and 15 from the table of `localise_all`.

    Returns
    -------
    dict
        iou_mean, iou_sd, overlap_mean, overlap_sd (population standard deviation, over images), pointing_game and
        pointing_game_undilated (eq. (1), 0..1); images (those with a mask, over which the values are computed),
        empty_cams (among these; IoU 0, a miss, overlap undefined) and empty_masks (left out). A mean over no image is
        NaN.
    """
    kept = frame[~frame["empty_mask"].astype(bool)]
    summary = {}
    for score in ("iou", "overlap"):
        summary[f"{score}_mean"] = float(kept[score].mean())
        summary[f"{score}_sd"] = float(kept[score].std(ddof=0))
    return {
        **summary,
        "pointing_game": float(kept["hit"].mean()),
        "pointing_game_undilated": float(kept["hit_undilated"].mean()),
        "images": len(kept),
        "empty_cams": int(kept["empty_cam"].sum()),
        "empty_masks": len(frame) - len(kept),
    }
