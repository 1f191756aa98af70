"""Catalogue of the demo's lesions and images: their names, numbers and patients.

Every choice about an image depends only on the seed and on the image's place in its series, so that a longer series
begins with the shorter one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from selcn.demo.lesions import symmetry_of
from selcn.demo.noise import generator

VIEWS_SHARES = (0.70, 0.23, 0.07)
LOCALIZATIONS = {
    "back": ("posterior torso", 0.24),
    "lower extremity": ("lower extremity", 0.22),
    "trunk": ("anterior torso", 0.15),
    "upper extremity": ("upper extremity", 0.12),
    "abdomen": ("anterior torso", 0.10),
    "face": ("head/neck", 0.08),
    "chest": ("anterior torso", 0.05),
    "foot": ("lower extremity", 0.02),
    "unknown": ("", 0.02),
}
USUAL_AGE = {"nv": 45, "mel": 61, "bkl": 64, "bcc": 67, "akiec": 67, "vasc": 51, "df": 52, "scc": 69, "unk": 50}


@dataclass(frozen=True)
class Shot:
    """One image to generate.

    Attributes
    ----------
    image_id
        Its name in the data set.
    series, lesion, view
        Name of the series, number of the lesion within it, number of the view of that lesion.
    diagnosis, symmetry
        Of the lesion.
    """

    image_id: str
    series: str
    lesion: int
    view: int
    diagnosis: str
    symmetry: int

    @property
    def lesion_name(self) -> str:
        return f"{self.series}/{self.lesion}"


@dataclass(frozen=True)
class Patient:
    """A lesion's patient in the metadata; None where unknown."""

    age: float | None
    sex: str | None
    localization: str
    anatom_site: str


def shots(seed: int, series: str, diagnosis: str, image_ids: list[str]) -> Iterator[Shot]:
    """Yield one shot per id; consecutive shots may show the same lesion.

    Parameters
    ----------
    series
        Name of the series; lesions are numbered within it.
    """
    lesion, view, views = -1, 0, 0
    for image_id in image_ids:
        if view == views:
            lesion, view = lesion + 1, 0
            name = f"{series}/{lesion}"
            views = 1 + int(generator(seed, name, "views").choice(len(VIEWS_SHARES), p=VIEWS_SHARES))
            symmetry = symmetry_of(seed, name, diagnosis)
        yield Shot(image_id, series, lesion, view, diagnosis, symmetry)
        view += 1


def patient(seed: int, shot: Shot) -> Patient:
    """Return the patient of a shot's lesion."""
    rng = generator(seed, shot.lesion_name, "patient")
    age = float(np.clip(5 * round(rng.normal(USUAL_AGE[shot.diagnosis], 15) / 5), 5, 85))
    sex = "male" if rng.random() < 0.54 else "female"
    shares = np.array([share for _, share in LOCALIZATIONS.values()])
    localization = list(LOCALIZATIONS)[rng.choice(len(shares), p=shares / shares.sum())]
    known = rng.random(2) > 0.01
    return Patient(age if known[0] else None, sex if known[1] else None, localization, LOCALIZATIONS[localization][0])
