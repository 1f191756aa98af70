"""Write what the training rules use of one network: the configuration's values, and the backbone that was selected."""

import yaml

from selcn.artifacts import read_json, replacing
from selcn.job import logged

with logged(snakemake.log[0]), replacing(snakemake.output.settings) as temporary:  # noqa: F821
    values = dict(snakemake.params.settings)  # noqa: F821
    if snakemake.input.selected:  # noqa: F821
        values |= read_json(snakemake.input.selected)  # noqa: F821
    temporary.write_text(yaml.safe_dump(values, sort_keys=True))
