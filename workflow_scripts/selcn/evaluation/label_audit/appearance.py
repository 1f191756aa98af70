"""Images that may be no dermoscopy: those whose simple statistics lie far from the rest of their data set."""

from collections.abc import Iterable

import cv2
import numpy as np
import pandas as pd

STATISTICS = {
    "lightness": "mean lightness",
    "contrast": "contrast",
    "red_green": "mean colour, red to green",
    "yellow_blue": "mean colour, yellow to blue",
    "saturation": "mean saturation",
    "no_skin": "share of green or blue pixels",
    "white": "share of white pixels",
    "black": "share of black pixels",
    "fine": "fine texture",
    "border": "lightness of border against centre",
}
"""Statistics of an image, each with its name in words."""

MOST_DEVIATIONS = 5.0
"""Distance from which an image counts as unusual, as if of a normal distribution."""

SHARES = ("no_skin", "white", "black")
"""Statistics that are shares of pixels, 0 in most images."""

SPREAD_OF_SHARES = 0.05
"""Least robust standard deviation of a share: a quarter of the pixels is then `MOST_DEVIATIONS` from none."""

# Hues in degrees of no skin, lesion or vessel, and the saturation and value from which a pixel has a hue.
_NO_SKIN_HUES, _COLOURED = (70, 260), 0.2


def image_statistics(image: np.ndarray) -> dict[str, float]:
    """Return the statistics of an image, uint8 (H, W, 3) RGB, by the names in `STATISTICS`."""
    scaled = image.astype(np.float32) / 255
    lab, hsv = cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), cv2.cvtColor(scaled, cv2.COLOR_RGB2HSV)
    lightness, (hue, saturation, value) = lab[..., 0], np.moveaxis(hsv, -1, 0)
    edge = max(1, min(image.shape[:2]) // 10)
    centre = lightness[edge:-edge, edge:-edge]
    around = (lightness.sum() - centre.sum()) / (lightness.size - centre.size)
    no_skin = (hue > _NO_SKIN_HUES[0]) & (hue < _NO_SKIN_HUES[1]) & (saturation > _COLOURED) & (value > _COLOURED)
    found = {
        "lightness": lightness.mean(),
        "contrast": lightness.std(),
        "red_green": lab[..., 1].mean(),
        "yellow_blue": lab[..., 2].mean(),
        "saturation": saturation.mean(),
        "no_skin": no_skin.mean(),
        "white": ((value > 0.95) & (saturation < 0.05)).mean(),
        "black": (value < 0.05).mean(),
        "fine": np.log1p(np.abs(cv2.Laplacian(lightness, cv2.CV_32F)).mean()),
        "border": around - centre.mean(),
    }
    return {name: float(number) for name, number in found.items()}


def statistics_of(images: Iterable[np.ndarray]) -> pd.DataFrame:
    """Return the statistics of images, a row for each."""
    return pd.DataFrame([image_statistics(image) for image in images], columns=list(STATISTICS))


def unusual(statistics: pd.DataFrame) -> pd.DataFrame:
    """Return how far each image lies from its data set, and in what.

    Parameters
    ----------
    statistics
        Table of `statistics_of`, N images of one data set.

    Returns
    -------
    DataFrame
        N rows; appearance: the largest distance of a statistic from the median, in robust standard deviations (1.4826
        times the median absolute deviation; of a share at least `SPREAD_OF_SHARES`); appearance_of: that statistic.
    """
    values = statistics[list(STATISTICS)].to_numpy(np.float64)
    away = np.abs(values - np.median(values, axis=0))
    least = np.where(np.isin(list(STATISTICS), SHARES), SPREAD_OF_SHARES, 0.0)
    spread = np.maximum(1.4826 * np.median(away, axis=0), least)
    distances = np.divide(away, spread, out=np.zeros_like(away), where=spread > 0)
    names = np.array(list(STATISTICS))[distances.argmax(axis=1)]
    return pd.DataFrame({"appearance": distances.max(axis=1), "appearance_of": names}, index=statistics.index)
