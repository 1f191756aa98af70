"""Shares of pixels that hair removal replaced, in all of an image, and in and outside its predicted lesion."""

from pathlib import Path

import numpy as np

from selcn.data.hair.removal import HairSettings, hair_mask
from selcn.data.images import read_image
from selcn.data.packing import PackSettings, pack_image


def replaced_shares(row, masks: Path, hair: HairSettings, packing: PackSettings) -> dict[str, object]:
    """Return the shares of one image's replaced pixels.

    Parameters
    ----------
    row
        Row of the index (path, sha256) joined to the masks' manifest (seg_path, seg_sha256).
    masks
        Folder of the masks' manifest.

    Returns
    -------
    dict
        image_id; share, of all pixels; inside and outside the lesion, by area of the packed image; NaN where there is
        none.
    """
    image = read_image(row.path, row.sha256)
    replaced = hair_mask(image, hair)
    lesion = read_image(masks / row.seg_path, row.seg_sha256)[..., 0] > 0
    packed = pack_image(replaced.astype(np.float32), packing)
    # Zero where packing pads.
    whole = pack_image(np.ones(replaced.shape, np.float32), packing)
    return {
        "image_id": row.image_id,
        "share": replaced.mean(),
        "inside": _share(packed, whole * lesion),
        "outside": _share(packed, whole * ~lesion),
    }


def _share(replaced: np.ndarray, area: np.ndarray) -> float:
    total = area.sum(dtype=float)
    return float((replaced * (area > 0)).sum(dtype=float) / total) if total else np.nan
