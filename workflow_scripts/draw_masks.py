"""Draw figure 3: images under the segmentation mask and the LAE box."""

from selcn.jobs.job import job
from selcn.report.figures.masks import MaskedImage, choose, draw
from selcn.report.figures.sources import InputImages, indexed
from selcn.report.figures.style import drawn


def main(snakemake, log) -> None:
    files = snakemake.input
    inputs = InputImages.open(files.images, files.packed, files.masks, files.masks_manifest)
    labels = indexed(files.packed)["label"]
    chosen = choose(inputs.boxes)
    images = [
        MaskedImage(image_id, labels[image_id], float(inputs.masks[image_id].mean()), inputs[image_id])
        for image_id in chosen
    ]
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, images)
    log.info("images shown: %s", ", ".join(chosen))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
