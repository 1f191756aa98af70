"""Draw the pairs of images of one lesion that no image or lesion id reveals, and list them for a person to judge."""

from selcn.data.duplicates.decisions import CERTAIN, REJECTED
from selcn.data.duplicates.groups import unrevealed
from selcn.data.duplicates.images import open_images
from selcn.jobs.job import job
from selcn.report.figures.duplicates import MOST, NONE_FOUND, NOTE, draw, shown_pairs, write_sheet
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_table, replacing


def main(snakemake, log) -> None:
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    indices = dict(zip(params.datasets, map(read_table, inputs.indices), strict=True))
    hidden = unrevealed(read_table(inputs.pairs), indices)
    hidden = hidden[hidden["certainty"] != REJECTED].reset_index(drop=True)
    hidden.insert(0, "number", range(1, len(hidden) + 1))
    with replacing(outputs.listed) as temporary:
        hidden.to_csv(temporary, index=False)
    images = open_images(inputs, params.datasets)
    certain = hidden[hidden["certainty"] == CERTAIN]
    closest = shown_pairs(certain.head(MOST), images, indices)
    with drawn(outputs.figure, params.demo) as figure:
        shown = f"The closest {len(closest)} of {len(certain)} pairs. {NOTE}"
        draw(figure, closest, "Near-duplicates: the closest pairs", shown if closest else NONE_FOUND)
    # A page after the other, so that memory does not grow with the number of pairs.
    parts = (hidden.iloc[begin : begin + MOST] for begin in range(0, max(1, len(hidden)), MOST))
    write_sheet((shown_pairs(part, images, indices) for part in parts), outputs.sheet, params.demo)
    log.info("drawn: %d pairs that no id reveals, %d of them certain", len(hidden), len(certain))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
