"""Draw figure 5: the images with most hair, before and after hair removal."""

from pathlib import Path

from selcn.data.hair.removal import METHODS, hair_mask
from selcn.data.images import read_image
from selcn.jobs.job import job
from selcn.report.figures.hair import CleanedImage, choose, draw
from selcn.report.figures.sources import indexed
from selcn.report.figures.style import drawn


def main(snakemake, log) -> None:
    index, manifest = indexed(snakemake.input.index), indexed(snakemake.input.hair)
    folder, settings = Path(snakemake.input.hair).parent, METHODS[snakemake.params.method](**snakemake.params.settings)
    images = []
    for image_id in choose(manifest):
        original, clean = index.loc[image_id], manifest.loc[image_id]
        before = read_image(original["path"], original["sha256"])
        after = read_image(folder / clean["path"], clean["sha256"])
        # Found anew, since the cleaned file's JPEG compression changes pixels everywhere.
        images.append(CleanedImage(image_id, before, after, hair_mask(before, settings)))
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, images)
    log.info("images shown: %s", ", ".join(one.image_id for one in images))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
