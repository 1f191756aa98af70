"""Outlines of masks as SVG path data."""

import cv2
import numpy as np

FRAME = 1000
"""Side of the square in which outlines and boxes are given."""
# A contour runs through the centres of pixels: on a finer grid it is nearer to their edges.
FINER = 4
# Largest deviation of a simplified contour: a share of the root of its area, in pixels of the mask within these limits.
TOLERANCE, LEAST, MOST = 0.01, 0.5, 1.0


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
    side = FINER * len(mask)
    # Linear interpolation makes the stairs of a slanting edge a straight line.
    fine = cv2.resize(mask.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR) >= 0.5
    contours, _ = cv2.findContours(fine.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    simplified = (cv2.approxPolyDP(contour, tolerance(contour), closed=True)[:, 0] for contour in contours)
    polygons = (np.rint((points + 0.5) * (FRAME / side)).astype(int) for points in simplified)
    return "".join(f"M{' '.join(map(str, points.ravel()))}Z" for points in polygons if len(points) > 2)


def tolerance(contour: np.ndarray) -> float:
    """Return how far a contour may deviate once simplified, in pixels of the finer grid."""
    return min(max(TOLERANCE * cv2.contourArea(contour) ** 0.5, LEAST * FINER), MOST * FINER)
