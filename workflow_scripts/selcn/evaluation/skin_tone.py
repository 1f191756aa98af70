"""Skin tone of an image, estimated by the individual typology angle (ITA) of the skin around the lesion.

Chardon et al. 1991; categories as in Del Bino and Bernerd 2013. Kinyanjui et al. 2020 estimate it so in dermoscopy.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import ndimage
from skimage.color import rgb2lab

from selcn.evaluation.subgroups import SKIN_TONES

BOUNDS = (55.0, 41.0, 28.0, 10.0, -30.0)
"""ITA in degrees above which an image is of each of `SKIN_TONES` but the last."""

FRAME_LIGHTNESS = 15
"""L* (0..100) below which pixels connected to the edge are the black frame or vignette of dermoscopy."""

LEAST_SHARE = 0.01
"""Share of an image that must be skin for an estimate."""


def typology_angle(image: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Return the median ITA of an image's skin, and the share of the image that is skin.

    Skin is all that is neither lesion nor frame. A pixel's ITA is the angle of (b*, L* - 50) in CIELAB (D65).

    Parameters
    ----------
    image
        Shape (S, S, 3), uint8, RGB.
    mask
        Shape (S, S), the lesion; not 0 inside.

    Returns
    -------
    tuple
        Degrees, NaN where less than `LEAST_SHARE` of the image is skin; and 0..1.
    """
    lab = rgb2lab(image)
    skin = (mask == 0) & ~_frame(lab[..., 0])
    share = float(skin.mean())
    if share < LEAST_SHARE:
        return float("nan"), share
    lightness, yellow = lab[skin][:, 0], lab[skin][:, 2]
    # The arctangent of the quotient would call light skin with a tinge of blue (b* below 0) dark.
    return float(np.degrees(np.median(np.arctan2(lightness - 50, yellow)))), share


def skin_tones(
    ids: Sequence[str], images: Sequence[np.ndarray], manifest: pd.DataFrame, masks: Sequence[np.ndarray]
) -> pd.DataFrame:
    """Return the estimated skin tone of every image.

    Parameters
    ----------
    ids, images
        N images as in `typology_angle`, and the id of each.
    manifest, masks
        The masks' manifest, with a row of each image in any order, and the mask of each of its rows.

    Returns
    -------
    DataFrame
        N rows; columns image_id, ita (degrees), skin_share (0..1) and skin_tone (one of `SKIN_TONES`). Where there is
        too little skin, or no lesion was found, ita is NaN and skin_tone missing.
    """
    place = pd.Series(range(len(manifest)), manifest["image_id"])[list(ids)].to_numpy()
    found = manifest["lesion_found"].to_numpy(bool)[place]
    angles = [
        typology_angle(images[number], masks[row]) if known else (float("nan"), 0.0)
        for number, (row, known) in enumerate(zip(place, found, strict=True))
    ]
    table = pd.DataFrame(angles, columns=["ita", "skin_share"]).astype("float64")
    table.insert(0, "image_id", list(ids))
    return table.assign(skin_tone=tones_of(table["ita"]))


def _frame(lightness: np.ndarray) -> np.ndarray:
    edge = np.ones(lightness.shape, bool)
    edge[1:-1, 1:-1] = False
    dark = lightness < FRAME_LIGHTNESS
    return ndimage.binary_propagation(edge & dark, mask=dark)


def tones_of(angles: pd.Series) -> pd.Series:
    """Return the category of each ITA in degrees; missing where it is."""
    bins = [-np.inf, *reversed(BOUNDS), np.inf]
    return pd.cut(angles, bins, labels=list(reversed(SKIN_TONES))).astype(object)
