"""Make an oracle control's maps for the E-Layer, one for every image and variant that has a CAM."""

from selcn.cams.oracle import of_classes
from selcn.design.cam_sources import ORACLES
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import load_cams, write_cams


def main(snakemake, log) -> None:
    inputs, oracle = snakemake.input, ORACLES[snakemake.wildcards.oracle]
    frame, cams = load_cams(inputs.cams)
    labels = read_table(inputs.index).set_index("image_id")["label"]
    classes, seed = snakemake.params.classes, snakemake.params.seed
    frame, maps = of_classes(frame, labels, classes, oracle, seed, cams.shape[1:])
    log.info("%d maps; they tell the class of %g of the images", len(frame), oracle.share)
    write_cams(frame, maps, snakemake.output.cams)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
