"""Images, masks, CAMs and training histories to draw figures of, and what a figure then shows."""

import cv2
import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selcn.report.figures.sources import Cam

SIZE = 32


def picture(seed: int = 0, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def disc(x: int, y: int, radius: int, size: int = SIZE) -> np.ndarray:
    return cv2.circle(np.zeros((size, size), np.uint8), (x, y), radius, 1, -1)


def inputs_of(image: np.ndarray) -> dict[str, np.ndarray]:
    return {"none": image, "seg": image // 2, "lae": image // 3}


def some_cam(seed: int = 0, predicted: str = "mel", empty: bool = False) -> Cam:
    grid = np.random.default_rng(seed).random((8, 8)).astype(np.float16) * (not empty)
    return Cam(grid, predicted, empty)


def pixels(axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def some_history(epochs: int, best: int) -> pd.DataFrame:
    epoch = np.arange(1, epochs + 1)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "train_loss": 2.0 / epoch,
            "train_accuracy": 1 - 0.5 / epoch,
            "validation_loss": 1.0 + 0.1 * np.abs(epoch - best),
            "validation_accuracy": 1 - 0.7 / epoch,
        }
    )
