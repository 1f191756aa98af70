"""Draw figure 9: CAMs of the symmetry networks on SymDerm's test images."""

from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job
from selcn.report.figures.names import MASK_NAMES
from selcn.report.figures.sources import CamTable, InputImages
from selcn.report.figures.style import drawn
from selcn.report.figures.symmetry_cams import SymmetryImage, choose, draw
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    files = snakemake.input
    inputs = InputImages.open(files.images, files.packed, files.masks, files.masks_manifest)
    failed = failures_of(MASK_NAMES, files.metrics)
    tables = {mask: CamTable.open(path) for mask, path in zip(MASK_NAMES, files.cams, strict=True)}
    splits = read_table(files.splits)
    labels = splits.drop_duplicates("image_id").set_index("image_id")["label"]
    images = [
        SymmetryImage(
            image_id, labels[image_id], inputs[image_id], {mask: cams[image_id] for mask, cams in tables.items()}
        )
        for image_id in choose(splits)
    ]
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, images, failed)
    log.info("images shown: %s", ", ".join(one.image_id for one in images))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
