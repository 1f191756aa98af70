"""The folder of the demo data: the files written, and the ground truth of each synthetic image."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from selcn.demo.catalogue import Shot
from selcn.demo.image import SyntheticImage, draw_image
from selcn.demo.settings import DemoSettings
from selcn.storage.artifacts import replacing, sha256_of

# No chroma subsampling: it would smear a hair's colour far beyond its true mask.
JPEG = (
    *(cv2.IMWRITE_JPEG_QUALITY, 95),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 4)


class DemoFolder:
    """Writes files below one folder, each atomically, and records their checksums and the ground truth.

    Parameters
    ----------
    root
        The folder of the demo data; paths given to the methods are relative to it.
    settings
        The demo's settings.
    """

    def __init__(self, root: Path, settings: DemoSettings) -> None:
        self.root = Path(root)
        self.settings = settings
        self._digests: dict[str, str] = {}
        self._truth: list[dict] = []

    def write_image(self, image: np.ndarray, path: str) -> None:
        """Write an image, uint8, RGB or grey, in the format of its suffix.

        Raises
        ------
        OSError
            The image could not be written.
        """
        stored = image[..., ::-1] if image.ndim == 3 else image
        with replacing(self.root / path) as temporary:
            if not cv2.imwrite(str(temporary), stored, JPEG if path.endswith(".jpg") else PNG):
                raise OSError(f"{self.root / path}: not written; check the folder's free space and permissions")
        self._note(path)

    def write_csv(self, rows: Iterable[dict], path: str, header: bool = True) -> None:
        """Write rows with the same keys as CSV; missing values are empty fields."""
        with replacing(self.root / path) as temporary:
            pd.DataFrame(rows).to_csv(temporary, index=False, header=header, lineterminator="\n")
        self._note(path)

    def copy(self, source: str, target: str) -> None:
        """Copy a file that was written before."""
        with replacing(self.root / target) as temporary:
            shutil.copyfile(self.root / source, temporary)
        self._note(target)

    def draw(self, shot: Shot, dataset: str, label: str, path: str, width: int | None = None) -> SyntheticImage:
        """Generate an image, write it, and record its ground truth.

        Parameters
        ----------
        dataset, label
            Its data set, and its label there.
        path
            The image's file.
        width
            Width in pixels, if not the settings'.
        """
        size = (width or self.settings.width, self.settings.height)
        drawn = draw_image(self.settings.seed, shot.lesion_name, shot.view, shot.diagnosis, shot.symmetry, *size)
        self.write_image(drawn.image, path)
        if drawn.hair_colour:
            self.write_image(drawn.hair, f"truth/hair/{shot.image_id}.png")
            self.write_image(drawn.clean, f"truth/clean/{shot.image_id}.png")
        row = {"image_id": shot.image_id, "dataset": dataset, "has_hair": int(bool(drawn.hair_colour))}
        row |= {"symmetry": shot.symmetry, "label": label, "hair_colour": drawn.hair_colour}
        self._truth.append(row | {"diagnosis": shot.diagnosis})
        return drawn

    def write_truth(self) -> None:
        """Write truth/truth.csv, one row per synthetic image, sorted by image_id."""
        self.write_csv(sorted(self._truth, key=lambda row: row["image_id"]), "truth/truth.csv")

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file written, by its path below the folder, sorted by path."""
        return dict(sorted(self._digests.items()))

    def _note(self, path: str) -> None:
        self._digests[path] = sha256_of(self.root / path)
