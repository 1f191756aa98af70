"""Draw the nearest of the near-duplicates that no id reveals."""

from pathlib import Path

import pandas as pd

from selcn.artifacts import read_table
from selcn.duplicates.groups import unrevealed
from selcn.figures.duplicates import MOST, Photograph, ShownPair, draw
from selcn.figures.style import drawn
from selcn.job import job
from selcn.stack import Stack, files_of_shards


def photograph(dataset: str, image_id: str, indices: dict[str, pd.DataFrame]) -> Photograph:
    """Return one side of a pair, read from the packed images."""
    folder = Path("results/packed") / dataset
    ids = read_table(folder / "manifest.parquet")["image_id"].tolist()
    known = indices[dataset].set_index("image_id").loc[image_id]
    image = Stack(files_of_shards(folder, "images.npy"), ids)[ids.index(image_id)]
    return Photograph(image_id, dataset, known["lesion_id"], known["label"], image)


def main(snakemake, log) -> None:
    indices = {Path(path).parent.name: read_table(path) for path in snakemake.input.indices}
    hidden = unrevealed(read_table(snakemake.input.pairs), indices)
    pairs = [
        ShownPair(
            photograph(row.dataset_a, row.image_id_a, indices),
            photograph(row.dataset_b, row.image_id_b, indices),
            row.distance,
            row.correlation,
            row.turn,
        )
        for row in hidden.head(MOST).itertuples()
    ]
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, pairs)
    log.info("shown: %d of %d pairs that no id reveals", len(pairs), len(hidden))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
