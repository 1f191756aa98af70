"""Make a sham control's maps for the E-Layer, one for every image and variant that has a CAM."""

import numpy as np

from selcn.cams.controls import centred_gaussian, made_up, of_masks, of_other_lesions
from selcn.design.cam_sources import SHAMS
from selcn.jobs.job import job
from selcn.storage.cam_table import load_cams, write_cams


def main(snakemake, log) -> None:
    inputs, sham = snakemake.input, snakemake.wildcards.sham
    frame, cams = load_cams(inputs.cams)
    grid = cams.shape[1:]
    match sham:
        case "zeros":
            frame, cams = made_up(frame, np.zeros(grid))
        case "gaussian":
            frame, cams = made_up(frame, centred_gaussian(*grid))
        case "shuffled":
            frame, cams = of_other_lesions(frame, cams, inputs, snakemake.wildcards.dataset, snakemake.params.seed)
        case "mask":
            frame, cams = of_masks(frame, inputs, grid)
        case _:
            raise ValueError(f"sham control {sham}: no maps; expected one of {', '.join(SHAMS)}: make them here")
    log.info("%d maps, %d of them empty", len(frame), frame["empty"].sum())
    write_cams(frame, cams, snakemake.output.cams)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
