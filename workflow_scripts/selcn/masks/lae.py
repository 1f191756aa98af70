"""Lesion area extraction (LAE, section 4.1.1): the enlarged box around the lesion."""

import cv2
import numpy as np

Box = tuple[int, int, int, int]
WHOLE_IMAGE, BLACK = "whole_image", "black"
"""Values of `empty_masks`: what the box holds where no lesion is found."""


def largest_component(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected component of a mask (8-connectivity); ties: the topmost, then leftmost.

    Parameters
    ----------
    mask
        bool (H, W), or 0/1.

    Returns
    -------
    np.ndarray
        bool (H, W); all False where `mask` is empty.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count == 1:
        return np.zeros(mask.shape, bool)
    # The first label is the background.
    left, top, area = stats[1:, cv2.CC_STAT_LEFT], stats[1:, cv2.CC_STAT_TOP], stats[1:, cv2.CC_STAT_AREA]
    return labels == 1 + np.lexsort((left, top, -area))[0]


def _grow(low: int, high: int, factor: float, limit: int) -> tuple[int, int]:
    """Return the half-open range [low, high), grown about its centre and clipped to [0, limit)."""
    margin = int(np.floor((high - low) * (factor - 1) / 2 + 0.5))
    return max(0, low - margin), min(limit, high + margin)


def lae_box(mask: np.ndarray, factor: float = 1.4, empty_masks: str = WHOLE_IMAGE) -> tuple[Box, bool]:
    """Return the LAE box: the box around the largest component of a lesion mask, grown about its centre.

    Width and height each grow by `factor`. The gain is split evenly between both sides and rounded to the nearest pixel
    (halves up), so that all edges are treated alike and a flipped mask has the flipped box. The box is then clipped to
    the image.

    Parameters
    ----------
    mask
        bool (H, W), or 0/1.
    factor
        At least 1 (1.4 in section 4.1.1).
    empty_masks
        The box where no lesion is found: `WHOLE_IMAGE`, or `BLACK`, which has no pixel.

    Returns
    -------
    box : tuple of int
        (x0, y0, x1, y1) in pixels, half-open.
    found : bool
        Whether the mask has any lesion pixel.

    Raises
    ------
    ValueError
        `factor` is less than 1, or `empty_masks` is neither value.
    """
    if empty_masks not in (WHOLE_IMAGE, BLACK):
        raise ValueError(f"empty_masks is {empty_masks!r}; expected {WHOLE_IMAGE} or {BLACK}")
    if factor < 1:
        raise ValueError(f"the LAE box's factor is {factor}; expected at least 1")
    height, width = mask.shape
    component = largest_component(mask)
    columns, rows = np.flatnonzero(component.any(axis=0)), np.flatnonzero(component.any(axis=1))
    if not len(columns):
        return (0, 0, width, height) if empty_masks == WHOLE_IMAGE else (0, 0, 0, 0), False
    x0, x1 = _grow(int(columns[0]), int(columns[-1]) + 1, factor, width)
    y0, y1 = _grow(int(rows[0]), int(rows[-1]) + 1, factor, height)
    return (x0, y0, x1, y1), True


def box_mask(box: Box, size: int) -> np.ndarray:
    """Return a box as a mask.

    Parameters
    ----------
    box
        (x0, y0, x1, y1) in pixels, half-open.
    size
        Side of the square mask, in pixels.

    Returns
    -------
    np.ndarray
        uint8 (size, size), 1 inside the box, else 0.
    """
    x0, y0, x1, y1 = box
    mask = np.zeros((size, size), np.uint8)
    mask[y0:y1, x0:x1] = 1
    return mask
