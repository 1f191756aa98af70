"""Select the segmentation architecture by mean Dice on the validation images of all folds."""

import pandas as pd

from selcn.jobs.job import job
from selcn.masks.pixel_counts import mean_dice
from selcn.storage.artifacts import read_table, write_json


def main(snakemake, log) -> None:
    names, counts = [network.model for network in snakemake.params.networks], snakemake.input.counts
    if counts:
        tables = pd.concat([read_table(path) for path in counts], keys=names)
        validation = tables[tables["subset"] == "validation"].groupby(level=0)
        dice = {name: mean_dice(images) for name, images in validation}
        architecture = max(sorted(dice), key=dice.get)
        log.info("validation Dice %s: %s", dice, architecture)
    else:
        architecture = names[0]
        log.info("%s is the only architecture", architecture)
    write_json({"architecture": architecture}, snakemake.output.selected)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
