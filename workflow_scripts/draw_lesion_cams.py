"""Draw figure 10: CAMs of the lesion networks on one image."""

from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job
from selcn.report.figures.lesion_cams import LesionImage, choose, draw
from selcn.report.figures.sources import CamTable, InputImages, NamedArray, indexed
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    files = snakemake.input
    inputs = InputImages.open(files.images, files.packed, files.masks, files.masks_manifest)
    packed = indexed(files.packed)
    cells = snakemake.params.cells
    failed = failures_of(cells, files.metrics)
    paths = {cell: path for cell, path in zip(cells, files.lesion_cams, strict=True) if cell not in failed}
    tables = {cell: CamTable.open(path) for cell, path in paths.items()}
    image_id = choose(read_table(files.splits), inputs.boxes, [cams.image_ids for cams in tables.values()])
    one = LesionImage(
        image_id,
        packed.loc[image_id, "label"],
        NamedArray.open(files.packed_masks, packed)[image_id],
        inputs[image_id],
        {cell: cams[image_id] for cell, cams in tables.items()},
        failed,
    )
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, one)
    log.info("images shown: %s", image_id)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
