"""The closest near-duplicate pairs side by side, for visual checking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selcn.data.duplicates.images import Images
from selcn.data.duplicates.pairs import TURNS
from selcn.report.figures.style import caption, show

MOST = 12
PAIRS_A_ROW = 3
# Small enough for the longest ids, such as ISIC_0012127_downsampled.
ID_SIZE = 7


@dataclass(frozen=True)
class PairedImage:
    """One image of a pair.

    Attributes
    ----------
    image
        Packed, uint8 (S, S, 3) RGB.
    """

    image_id: str
    dataset: str
    lesion_id: str
    label: str
    image: np.ndarray

    @property
    def note(self) -> str:
        """The note below it: data set, label and lesion."""
        lesion = "lesion unknown" if self.lesion_id == self.image_id else self.lesion_id
        return f"{self.dataset}, {self.label}\n{lesion}"


@dataclass(frozen=True)
class ShownPair:
    """Two near-duplicate images.

    Attributes
    ----------
    distance
        Bits in which their hashes differ.
    correlation
        Correlation of their grey values, -1..1.
    turn
        One of `TURNS`: the flip or rotation that aligns the second image with the first.
    """

    first: PairedImage
    second: PairedImage
    distance: int
    correlation: float
    turn: str


def shown_pairs(pairs: pd.DataFrame, images: Images, indices: Mapping[str, pd.DataFrame]) -> list[ShownPair]:
    """Return pairs with their images, in the order given.

    Parameters
    ----------
    pairs
        Table of `selcn.data.duplicates.confirm.confirmed`.
    indices
        Index of each data set; columns image_id, lesion_id, label.
    """
    known = {dataset: index.set_index("image_id") for dataset, index in indices.items()}

    def side(dataset: str, image_id: str) -> PairedImage:
        ids, stack = images[dataset]
        row = known[dataset].loc[image_id]
        return PairedImage(image_id, dataset, row["lesion_id"], row["label"], stack[ids.index(image_id)])

    return [
        ShownPair(
            side(pair.dataset_a, pair.image_id_a),
            side(pair.dataset_b, pair.image_id_b),
            pair.distance,
            pair.correlation,
            pair.turn,
        )
        for pair in pairs.itertuples()
    ]


def draw(figure: Figure, pairs: Sequence[ShownPair]) -> None:
    """Draw up to `MOST` pairs, three in a row; without any pair, a caption that says so."""
    figure.suptitle("Near-duplicates: the closest pairs")
    if not pairs:
        figure.set_size_inches(5, 1.6)
        caption(figure, "No near-duplicates were found except those that share an id.")
        return
    shown = pairs[:MOST]
    rows = -(-len(shown) // PAIRS_A_ROW)
    figure.set_size_inches(11, 2.45 * rows + 1)
    grid = figure.subplots(rows, 2 * PAIRS_A_ROW, squeeze=False)
    panels = grid.reshape(-1, 2)
    for (left, right), pair in zip(panels, shown, strict=False):
        show(left, pair.first.image, pair.first.image_id, pair.first.note)
        turned = f"\n({pair.turn})" if pair.turn else ""
        numbers = f"\n{pair.distance} bits, r = {pair.correlation:.3f}"
        show(right, TURNS[pair.turn](pair.second.image), pair.second.image_id, pair.second.note + numbers + turned)
    for axes in grid.ravel():
        axes.title.set_fontsize(ID_SIZE)
    for axes in panels[len(shown) :].ravel():
        axes.set_axis_off()
    caption(
        figure,
        f"The closest {len(shown)} of {len(pairs)} pairs. Bits: number of 255 hash bits that differ; r: correlation of "
        "grey values. In brackets: the flip or rotation that aligns the second image with the first.",
    )
