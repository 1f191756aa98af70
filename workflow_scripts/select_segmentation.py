"""Select the segmentation network with the highest mean Dice on validation images."""

from pathlib import Path

from selcn.artifacts import read_table, write_json
from selcn.job import logged
from selcn.pixel_counts import mean_dice

with logged(snakemake.log[0]) as log:  # noqa: F821
    tables = {Path(path).parts[-3]: read_table(path) for path in snakemake.input.counts}  # noqa: F821
    dice = {name: mean_dice(table[table["subset"] == "validation"]) for name, table in tables.items()}
    architecture = max(sorted(dice), key=dice.get)
    log.info("validation Dice %s: %s", dice, architecture)
    write_json({"architecture": architecture}, snakemake.output.selected)  # noqa: F821
