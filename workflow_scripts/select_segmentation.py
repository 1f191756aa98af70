"""Select the segmentation architecture by mean Dice on the validation images of all folds."""

import pandas as pd

from selcn.jobs.job import job
from selcn.masks.pixel_counts import mean_dice
from selcn.storage.artifacts import read_table, write_json

with job(snakemake) as log:  # noqa: F821
    names = [network.model for network in snakemake.params.networks]  # noqa: F821
    counts = pd.concat([read_table(path) for path in snakemake.input.counts], keys=names)  # noqa: F821
    validation = counts[counts["subset"] == "validation"].groupby(level=0)
    dice = {name: mean_dice(images) for name, images in validation}
    architecture = max(sorted(dice), key=dice.get)
    log.info("validation Dice %s: %s", dice, architecture)
    write_json({"architecture": architecture}, snakemake.output.selected)  # noqa: F821
