"""Predictions of single images."""

from dataclasses import dataclass

import numpy as np

from selcn.masks.lae import Box


@dataclass(frozen=True)
class KnownImage:
    """An image of the study that a new image is, or shows the same lesion as.

    Attributes
    ----------
    image_id, dataset
        The study's image.
    kind
        `same` (the same file), `copy`, or `rephotograph`.
    trained_on
        Whether a network of the bundle was trained on the image's lesion; false for one of the test set.
    segmentation_fold, symmetry_fold
        The folds whose networks served it in the study.
    """

    image_id: str
    dataset: str
    kind: str
    trained_on: bool
    segmentation_fold: int
    symmetry_fold: int


@dataclass(frozen=True)
class ImagePrediction:
    """What the cascade says of one image.

    Attributes
    ----------
    sha256
        SHA-256 of the image's file; of its pixels where it was given as an array.
    packed
        uint8 (S, S, 3) RGB: the image without hair, as all networks are given it.
    hair_share
        Share of the image's pixels that hair removal replaced, 0..1.
    mask
        bool (S, S), True on the lesion.
    box
        LAE box: x0, y0, x1, y1 in pixels of `packed`, half-open.
    lesion_found
        Whether the mask has any lesion pixel.
    segmentation_fold, symmetry_fold
        The folds whose networks served this image; -1: the networks of all folds together.
    symmetry
        float32 (2,): probabilities of `selcn.design.classes.SYMMETRY_CLASSES`, in their order.
    symmetry_cam
        float16 (h, w), 0..1: Grad-CAM++ of the symmetry network's predicted class; all 0 where it is empty.
    networks
        float32 (N, classes): softmax of each lesion network, in the order of the bundle's `lesion.networks`: the
        study's own, to the bit, not scaled by the temperature.
    probabilities
        float64 (classes,): mean of `networks`, scaled by the bundle's temperature.
    low, high
        float64 (classes,): lowest and highest of `networks`, each scaled by the bundle's temperature.
    lesion_cam
        float32 (h, w), 0..1: mean over lesion networks of the Grad-CAM++ of the predicted class, scaled to 0..1; all 0
        where it is empty.
    unlike_score
        How unlike the training data the image is; higher is more unlike.
    unlike
        Whether the score exceeds the bundle's threshold.
    known
        The study's image that it was recognised as; None for a new one.
    path
        Path that the image was given by; None where it was given as content or pixels.
    """

    sha256: str
    packed: np.ndarray
    hair_share: float
    mask: np.ndarray
    box: Box
    lesion_found: bool
    segmentation_fold: int
    symmetry_fold: int
    symmetry: np.ndarray
    symmetry_cam: np.ndarray
    networks: np.ndarray
    probabilities: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lesion_cam: np.ndarray
    unlike_score: float
    unlike: bool
    known: KnownImage | None
    path: str | None = None
