"""Draw the nearest of the near-duplicates that no id reveals."""

from pathlib import Path

from selcn.artifacts import read_table
from selcn.duplicates.groups import unrevealed
from selcn.figures.duplicates import MOST, Photograph, ShownPair, draw
from selcn.figures.style import drawn
from selcn.job import job
from selcn.stack import Stack


def open_images(inputs) -> dict[str, tuple[list[str], Stack]]:
    """Return the image ids and the packed images of every data set."""
    images = {}
    for rows in map(Path, inputs.rows):
        shards = [path for path in inputs.images if Path(path).parents[1] == rows.parent]
        ids = read_table(rows)["image_id"].tolist()
        images[rows.parent.name] = ids, Stack(shards, ids)
    return images


def main(snakemake, log) -> None:
    indices = {Path(path).parent.name: read_table(path) for path in snakemake.input.indices}
    hidden, images = unrevealed(read_table(snakemake.input.pairs), indices), open_images(snakemake.input)

    def photograph(dataset: str, image_id: str) -> Photograph:
        ids, stack = images[dataset]
        known = indices[dataset].set_index("image_id").loc[image_id]
        return Photograph(image_id, dataset, known["lesion_id"], known["label"], stack[ids.index(image_id)])

    pairs = [
        ShownPair(
            photograph(row.dataset_a, row.image_id_a),
            photograph(row.dataset_b, row.image_id_b),
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
