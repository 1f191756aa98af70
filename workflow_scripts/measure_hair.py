"""Measure how much hair removal replaced of each data set's images, in and outside the lesion."""

from functools import partial
from pathlib import Path

import cv2
import pandas as pd
from tqdm import tqdm

from selcn.data.hair.removal import METHODS
from selcn.data.packing import PackSettings
from selcn.jobs.job import job
from selcn.jobs.parallel import in_order
from selcn.masks.replaced_hair import replaced_shares
from selcn.report.tables.hair import hair_blocks, summary_of
from selcn.report.tables.render import write_blocks
from selcn.storage.artifacts import read_table, replacing


def main(snakemake, log) -> None:
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    hair, packing = METHODS[params.method](**params.settings), PackSettings(**params.pack)
    # One image per thread: OpenCV's own threads would compete with these.
    cv2.setNumThreads(1)
    rows = []
    for dataset, index, masks in zip(params.datasets, inputs.indices, inputs.masks, strict=True):
        images = read_table(index)[["image_id", "path", "sha256"]].merge(
            read_table(masks)[["image_id", "seg_path", "seg_sha256"]], on="image_id", validate="one_to_one"
        )
        count = partial(replaced_shares, masks=Path(masks).parent, hair=hair, packing=packing)
        counted = in_order(count, images.itertuples(), snakemake.threads)
        shares = pd.DataFrame(tqdm(counted, total=len(images), unit="image", disable=None))
        rows.append(summary_of(dataset, shares))
        log.info("%s: %.2f %% of the pixels replaced", dataset, 100 * rows[-1]["replaced"])
    table = pd.DataFrame(rows).assign(method=params.method)
    with replacing(outputs.csv) as temporary:
        table.to_csv(temporary, index=False)
    write_blocks(hair_blocks(table, params.method, snakemake.wildcards.protocol, params.demo), outputs.md, outputs.html)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
