"""Draw the E-Layer's input for some test images: CAMs of symmetry models, and sham controls."""

from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job
from selcn.report.figures.shams import ShownImage, choose, draw
from selcn.report.figures.sources import CamTable, NamedArray, indexed
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    files = snakemake.input
    packed, splits = indexed(files.packed), read_table(files.splits)
    images, truth = NamedArray.open(files.images, packed), NamedArray.open(files.packed_masks, packed)
    tables = dict(zip(snakemake.params.sources, map(CamTable.open, files.cams), strict=True))
    failed = failures_of(snakemake.params.models, files.metrics)
    labels = splits.drop_duplicates("image_id").set_index("image_id")["label"]
    shown = [
        ShownImage(name, labels[name], images[name], truth[name], {key: cams[name] for key, cams in tables.items()})
        for name in choose(splits)
    ]
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, shown, failed)
    log.info("images shown: %s", ", ".join(one.image_id for one in shown))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
