"""Select the segmentation network with the highest Dice on validation images."""

from pathlib import Path

from selcn.artifacts import read_json, write_json
from selcn.job import logged

with logged(snakemake.log[0]) as log:  # noqa: F821
    dice = {Path(path).parts[-3]: read_json(path)["validation"]["dice"] for path in snakemake.input.metrics}  # noqa: F821
    architecture = max(sorted(dice), key=dice.get)
    log.info("validation Dice %s: %s", dice, architecture)
    write_json({"architecture": architecture}, snakemake.output.selected)  # noqa: F821
