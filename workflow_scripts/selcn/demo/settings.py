"""Settings of the demo data: its size and its seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DIAGNOSES = ("nv", "mel", "bkl", "bcc", "akiec", "vasc", "df")
# Largest numbers of images that get distinct ids.
MOST_HAM10000_A_CLASS = 1430
MOST_A_CLASS = 400


@dataclass(frozen=True)
class DemoSettings:
    """Settings of the demo data.

    Attributes
    ----------
    seed
        Seed of all synthetic data.
    images_per_class
        HAM10000's images by diagnosis.
    symderm_per_class
        SymDerm's rows of each of its labels 0, 1, 2.
    isic2016_per_class
        ISIC2016's training images of each of its two labels; it has half as many test images.
    isic2019_new_per_class
        ISIC2019's images of each of its eight labels beyond those of HAM10000; it has a third as many official test
        images of each, and of UNK.
    width, height
        Size of an image in pixels; some of ISIC2019's are square, `height` wide, as in the original.
    """

    seed: int = 20
    images_per_class: Mapping[str, int] = field(
        default_factory=lambda: {"nv": 56, "mel": 30, "bkl": 28, "bcc": 20, "akiec": 16, "vasc": 13, "df": 12}
    )
    symderm_per_class: int = 32
    isic2016_per_class: int = 20
    isic2019_new_per_class: int = 6
    width: int = 200
    height: int = 150

    def __post_init__(self) -> None:
        if set(self.images_per_class) != set(DIAGNOSES):
            raise ValueError(
                f"images_per_class: found {sorted(self.images_per_class)}, expected {sorted(DIAGNOSES)}; "
                "give a count for each"
            )
        others = (self.symderm_per_class, self.isic2016_per_class, self.isic2019_new_per_class)
        if max(self.images_per_class.values()) > MOST_HAM10000_A_CLASS or max(others) > MOST_A_CLASS:
            raise ValueError(
                f"found {dict(self.images_per_class)} and {others} images per class, expected at most "
                f"{MOST_HAM10000_A_CLASS} of HAM10000 and {MOST_A_CLASS} of the others; ask for fewer"
            )
