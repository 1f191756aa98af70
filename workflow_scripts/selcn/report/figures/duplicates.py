"""Pairs of images of one lesion that no id reveals, side by side: the closest, and a contact sheet of all to judge."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from selcn.data.duplicates.images import Images
from selcn.data.duplicates.keypoints import small_side
from selcn.data.duplicates.pairs import TURNS
from selcn.report.figures.style import STYLE, caption, mark_demo, show
from selcn.report.pair_words import evidence_of
from selcn.storage.artifacts import replacing

MOST = 12
PAIRS_A_ROW = 3
EVIDENCE_WIDTH = 34
SHEET_DPI = 110
UNDATED = {"CreationDate": None}
NOTE = (
    "The second image is turned and moved as it lies on the first. Bits: number of 255 hash bits that differ; r: "
    "correlation of grey values; agreeing features: local features that one shift, turn and zoom explains."
)
NONE_FOUND = "No certain pairs were found except those that share an id."
# Small enough for the longest ids, such as ISIC_0012127_downsampled.
ID_SIZE = 7


@dataclass(frozen=True)
class PairedImage:
    """One image of a pair.

    Attributes
    ----------
    image
        Packed, uint8 (S, S, 3) RGB.
    size
        Width and height, in pixels, of the image that was packed.
    """

    image_id: str
    dataset: str
    lesion_id: str
    label: str
    image: np.ndarray
    size: tuple[int, int]

    @property
    def note(self) -> str:
        """The note below it: data set, label and lesion."""
        lesion = "lesion unknown" if self.lesion_id == self.image_id else self.lesion_id
        return f"{self.dataset}, {self.label}\n{lesion}"


@dataclass(frozen=True)
class ShownPair:
    """Two images of one lesion, or perhaps of one.

    Attributes
    ----------
    number
        Its row in `pairs-to-judge.csv`, from 1.
    certainty
        One of `selcn.data.duplicates.decisions`.
    evidence
        What it is known by, of `selcn.report.pair_words.evidence_of`.
    aligned
        The second image as it lies on the first, uint8 (S, S, 3).
    """

    number: int
    first: PairedImage
    second: PairedImage
    certainty: str
    evidence: str
    aligned: np.ndarray


def shown_pairs(pairs: pd.DataFrame, images: Images, indices: Mapping[str, pd.DataFrame]) -> list[ShownPair]:
    """Return pairs with their images, in the order given.

    Parameters
    ----------
    pairs
        Rows of a table of `selcn.data.duplicates.decisions.decide`, and a column number.
    indices
        Index of each data set; columns image_id, lesion_id, label, width and height.
    """
    known = {dataset: index.set_index("image_id") for dataset, index in indices.items()}

    def side(dataset: str, image_id: str) -> PairedImage:
        ids, stack = images[dataset]
        row = known[dataset].loc[image_id]
        size = row["width"], row["height"]
        return PairedImage(image_id, dataset, row["lesion_id"], row["label"], stack[ids.index(image_id)], size)

    shown = []
    for pair in pairs.itertuples():
        first, second = side(pair.dataset_a, pair.image_id_a), side(pair.dataset_b, pair.image_id_b)
        aligned = aligned_on(first, second, pair)
        shown.append(ShownPair(pair.number, first, second, pair.certainty, evidence_of(pair), aligned))
    return shown


def aligned_on(first: PairedImage, second: PairedImage, pair) -> np.ndarray:
    """Return the second image of a pair as it lies on the first: turned as a copy, or moved as local features say."""
    if pd.notna(pair.distance):
        return np.ascontiguousarray(TURNS[pair.turn](second.image))
    if pd.isna(pair.inliers):
        return second.image
    turn = np.deg2rad(pair.rotation)
    moved = pair.scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    # From pixels of the packed image to those at which it was compared, moved there, and back for the first image.
    there, back = _to_compared(second), np.linalg.inv(_to_compared(first))
    matrix = np.column_stack([back @ moved @ there, back @ (pair.shift_x, pair.shift_y)])
    size = first.image.shape[1::-1]
    return cv2.warpAffine(second.image, matrix, size, borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255))


def _to_compared(image: PairedImage) -> np.ndarray:
    """Return the scaling, (2, 2), of a packed image's pixels to those of the image as local features saw it.

    Exact where images are stretched into the square (`pack.fit`).
    """
    width, height = image.size
    rows, columns = small_side(height, width)
    return np.diag([columns / image.image.shape[1], rows / image.image.shape[0]])


def draw(figure: Figure, pairs: Sequence[ShownPair], title: str, note: str) -> None:
    """Draw pairs, three in a row; without any pair, only the note."""
    figure.suptitle(title)
    if not pairs:
        figure.set_size_inches(5, 1.6)
        caption(figure, note)
        return
    rows = -(-len(pairs) // PAIRS_A_ROW)
    figure.set_size_inches(11, 2.6 * rows + 1)
    grid = figure.subplots(rows, 2 * PAIRS_A_ROW, squeeze=False)
    panels = grid.reshape(-1, 2)
    for (left, right), pair in zip(panels, pairs, strict=False):
        show(left, pair.first.image, f"{pair.number}. {pair.first.image_id}", pair.first.note)
        evidence = "\n".join(textwrap.wrap(f"{pair.certainty}: {pair.evidence}", EVIDENCE_WIDTH))
        show(right, pair.aligned, pair.second.image_id, f"{pair.second.note}\n{evidence}")
    for axes in grid.ravel():
        axes.title.set_fontsize(ID_SIZE)
        axes.xaxis.label.set_fontsize(ID_SIZE)
    for axes in panels[len(pairs) :].ravel():
        axes.set_axis_off()
    caption(figure, note)


def write_sheet(pages: Iterable[Sequence[ShownPair]], path: Path, demo: bool) -> None:
    """Write the contact sheet, a PDF with one figure for each part of the pairs."""
    with (
        matplotlib.style.context(["default", STYLE]),
        replacing(path) as temporary,
        PdfPages(temporary, metadata=UNDATED) as pdf,
    ):
        for pairs in pages:
            figure = Figure(layout="constrained")
            draw(figure, pairs, sheet_title(pairs), NOTE if pairs else NONE_FOUND)
            if demo:
                mark_demo(figure)
            pdf.savefig(figure, dpi=SHEET_DPI)


def sheet_title(pairs: Sequence[ShownPair]) -> str:
    """Return the title of a page of the contact sheet."""
    kinds = list(dict.fromkeys(pair.certainty for pair in pairs))
    return f"Pairs to judge: {' and '.join(kinds)}" if kinds else "Pairs to judge"
