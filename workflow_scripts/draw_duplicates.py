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
    # All of a study's pairs are few: a packed image each is at most a megabyte.
    pairs = shown_pairs(hidden.head(params.most), open_images(inputs, params.datasets), indices)
    certain = [pair for pair in pairs if pair.certainty == CERTAIN]
    with drawn(outputs.figure, params.demo) as figure:
        shown = f"The closest {min(MOST, len(certain))} of {int((hidden['certainty'] == CERTAIN).sum())} pairs. {NOTE}"
        draw(figure, certain[:MOST], "Near-duplicates: the closest pairs", shown if certain else NONE_FOUND)
    write_sheet(pairs, outputs.sheet, params.demo)
    log.info("drawn: %d of %d pairs that no id reveals, %d of them certain", len(pairs), len(hidden), len(certain))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
