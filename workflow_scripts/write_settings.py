"""Write what the training rules use of one network: the configuration's values."""

import yaml

from selcn.artifacts import replacing
from selcn.job import logged

with logged(snakemake.log[0]), replacing(snakemake.output.settings) as temporary:  # noqa: F821
    temporary.write_text(yaml.safe_dump(dict(snakemake.params.settings), sort_keys=True))  # noqa: F821
