"""CAMs of the images that have a sheet, as the viewer reads them."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from selcn.design.trained_networks import TrainedNetwork
from selcn.report.viewer_data.names import network_name
from selcn.storage.cam_table import load_cams


def encoded(cam: np.ndarray) -> str:
    """Return a CAM, (h, w) in 0..1, as base64 of its values times 255, uint8, row by row."""
    return base64.b64encode(np.rint(cam.astype(np.float32) * 255).astype(np.uint8).tobytes()).decode()


@dataclass(frozen=True)
class ChosenCams:
    """The CAMs of one model for some images, as they are, not flipped or rotated.

    Attributes
    ----------
    folds
        The fold whose network each image's CAM is by, by image_id.
    entries
        What a sheet says of each: grid [h, w], cam, empty, predicted and network (the one that gave CAM and
        prediction).
    """

    folds: Mapping[str, int]
    entries: Mapping[str, dict]

    @classmethod
    def read(cls, path: str, image_ids: Sequence[str], network: TrainedNetwork) -> "ChosenCams":
        """Read a table of CAMs and keep those of some images; images without a CAM are left out.

        Parameters
        ----------
        network
            Model and seed of the networks that gave the CAMs; the table has their folds.
        """
        frame, cams = load_cams(path)
        chosen = (frame["variant"] == "original") & frame["image_id"].isin(image_ids)
        kept = frame[chosen]
        entries = {
            row.image_id: {
                "grid": list(cam.shape),
                "cam": encoded(cam),
                "empty": bool(row.empty),
                "predicted": row.predicted,
                "network": network_name(network._replace(fold=int(row.fold))),
            }
            for row, cam in zip(kept.itertuples(), cams[chosen.to_numpy()], strict=True)
        }
        return cls(dict(zip(kept["image_id"], kept["fold"].astype(int), strict=True)), entries)
