"""Outlines of masks as SVG path data."""

import cv2
import numpy as np

FRAME = 1000
"""Side of the square in which outlines and boxes are given."""
# A contour runs through the centres of pixels: on a finer grid it is nearer to their edges.
FINER = 4
# Largest deviation of the simplified outline, in pixels of the mask.
TOLERANCE = 0.5


def outline_of(mask: np.ndarray) -> str:
    """Return a mask's outline as SVG path data.

    Parameters
    ----------
    mask
        Shape (S, S), bool or 0/1.

    Returns
    -------
    str
        Closed polygons in a frame of 1000 x 1000, whole numbers, to be filled by the even-odd rule; empty for an empty
        mask.
    """
    fine = np.kron(mask.astype(np.uint8), np.ones((FINER, FINER), np.uint8))
    contours, _ = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    simplified = (cv2.approxPolyDP(contour, TOLERANCE * FINER, closed=True)[:, 0] for contour in contours)
    polygons = (np.rint((points + 0.5) * (FRAME / len(fine))).astype(int) for points in simplified)
    return "".join(f"M{' '.join(map(str, points.ravel()))}Z" for points in polygons if len(points) > 2)
