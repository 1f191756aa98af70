"""The four variants of an image used for balancing (section 5.1): original, two flips, rotation by 90 degrees."""

import numpy as np

VARIANTS = ("original", "vflip", "hflip", "rot90")


def vary_array(array: np.ndarray, variant: str) -> np.ndarray:
    """Return one variant of an image or mask.

    Parameters
    ----------
    array
        Shape (H, W) or (H, W, C); square where `variant` is rot90.
    variant
        One of `VARIANTS`. rot90 turns counter-clockwise.

    Raises
    ------
    ValueError
        `variant` is not one of `VARIANTS`.
    """
    if variant == "original":
        return array
    if variant == "vflip":
        return array[::-1]
    if variant == "hflip":
        return array[:, ::-1]
    if variant == "rot90":
        return np.rot90(array, axes=(0, 1))
    raise ValueError(f"unknown variant {variant!r}; expected one of {', '.join(VARIANTS)}")
