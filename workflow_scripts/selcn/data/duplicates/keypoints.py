"""Keypoints and their SIFT descriptors (Lowe 2004), which images of one lesion share when they are taken anew."""

from dataclasses import dataclass

import cv2
import numpy as np

# Side of the images compared, in pixels, the longer one: thresholds hold for this size only (docs/decisions.md).
SIDE = 200
MOST = 400
# Lower than Lowe's .04: dermoscopy is smooth.
CONTRAST = 0.01
# Higher than Lowe's 10: pigment network and vessels are lines.
EDGE = 15
LENGTH = 128
# Square roots of shares lie below .5 but for descriptors of one bin.
SCALE = 512


@dataclass(frozen=True)
class Keypoints:
    """Keypoints of an image.

    Attributes
    ----------
    points
        Shape (N, 2), float32: x and y in pixels of the image whose longer side is `SIDE`.
    descriptors
        Shape (N, 128), uint8: RootSIFT (Arandjelovic and Zisserman 2012) times `SCALE`.
    """

    points: np.ndarray
    descriptors: np.ndarray

    def __len__(self) -> int:
        return len(self.points)


def small_side(height: int, width: int) -> tuple[int, int]:
    """Return the height and width, in pixels, at which an image is compared."""
    scale = SIDE / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def find_keypoints(image: np.ndarray) -> Keypoints:
    """Find the keypoints of an image, at most `MOST`.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB, of any size.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = small_side(*grey.shape)
    if grey.shape != (height, width):
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    # A new one each time: threads must not share a detector.
    sift = cv2.SIFT.create(nfeatures=MOST, contrastThreshold=CONTRAST, edgeThreshold=EDGE)
    found, descriptors = sift.detectAndCompute(grey, None)
    if not found:
        return Keypoints(np.empty((0, 2), np.float32), np.empty((0, LENGTH), np.uint8))
    # SIFT may return more than asked for, where several have the response of the last.
    strongest = np.argsort([-keypoint.response for keypoint in found], kind="stable")[:MOST]
    points = np.array([found[row].pt for row in strongest], np.float32)
    shares = descriptors[strongest] / descriptors[strongest].sum(axis=1, keepdims=True).clip(1)
    return Keypoints(points, np.rint(SCALE * np.sqrt(shares)).clip(0, 255).astype(np.uint8))
