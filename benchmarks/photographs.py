"""The images that every row works on: HAM10000's at 600x450 where they are, else drawn ones of that size."""

import os
from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT = 600, 450
REAL, MOST = "ham10000_600x450", 96


@dataclass(frozen=True)
class Photographs:
    """JPEG files of 600x450 pixels, and what they are."""

    files: tuple[Path, ...]
    kind: str

    def repeated(self, count: int) -> list[Path]:
        """Return so many files, going through them as often as it takes."""
        return [self.files[number % len(self.files)] for number in range(count)]


def find_photographs(folder: Path, drawn: int) -> Photographs:
    """Return real photographs from below `SELCN_REAL_DATA`, or where it is not set some drawn into a folder.

    Raises
    ------
    FileNotFoundError
        `SELCN_REAL_DATA` is set, and there are no such images below it.
    """
    if not os.environ.get("SELCN_REAL_DATA"):
        return Photographs(tuple(draw_photographs(folder, drawn)), f"{drawn} drawn photographs, {WIDTH}x{HEIGHT}")
    place = Path(os.environ["SELCN_REAL_DATA"]) / REAL
    found = sorted(place.glob("HAM10000_images_part_*/*.jpg"))
    if not found:
        raise FileNotFoundError(f"{place}: no images; unset SELCN_REAL_DATA to measure on drawn ones")
    chosen = tuple(found[:MOST])
    return Photographs(chosen, f"{len(chosen)} photographs of HAM10000, {WIDTH}x{HEIGHT}")


def draw_photographs(folder: Path, count: int) -> list[Path]:
    """Draw photographs of the demo, hair over some of them, into a folder, and return their files."""
    import cv2  # here, since the rows of small processes need none

    from selcn.demo.folder import JPEG
    from selcn.demo.image import draw_image
    from selcn.demo.settings import DIAGNOSES

    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(count):
        diagnosis = DIAGNOSES[number % len(DIAGNOSES)]
        drawn = draw_image(1, f"bench/{number}", 0, diagnosis, number % 3, WIDTH, HEIGHT)
        files.append(folder / f"{number:04d}.jpg")
        if not cv2.imwrite(str(files[-1]), drawn.image[..., ::-1], JPEG):
            raise OSError(f"{files[-1]}: not written; check the folder's free space and permissions")
    return files
