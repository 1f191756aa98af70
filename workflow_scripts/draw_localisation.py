"""Draw figure 8: how a CAM's localisation is measured, on one image."""

from selcn.evaluation.failures import failures_of
from selcn.evaluation.localisation import LocalisationSettings, localise_all
from selcn.jobs.job import job
from selcn.report.figures.choice import nearest_to_quantiles
from selcn.report.figures.localisation import LocatedImage, draw
from selcn.report.figures.sources import CamTable, NamedArray, indexed
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    files, settings = snakemake.input, LocalisationSettings(**snakemake.params.settings)
    manifest, splits, cams = indexed(files.packed), read_table(files.splits), CamTable.open(files.cams)
    images, truth = NamedArray.open(files.images, manifest), NamedArray.open(files.packed_masks, manifest)
    known = set(manifest.index[manifest["has_mask"]])
    test = sorted(set(splits.loc[splits["role"] == "test", "image_id"]) & known)
    scores = localise_all(cams.maps_of(test), truth.array[truth.rows[test].to_numpy()], test, settings)
    (image_id,) = nearest_to_quantiles(scores.set_index("image_id")["iou"], [0.5])
    cam = cams[image_id]
    one = LocatedImage(image_id, cam.predicted, images[image_id], cam.map, truth[image_id])
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, one, settings, failures_of(["none"], [files.metrics]))
    log.info("images shown: %s, of %d test images", image_id, len(test))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
