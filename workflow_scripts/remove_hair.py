"""Remove hair from the images of one shard, and list the results in a manifest."""

from functools import partial
from pathlib import Path

import cv2
import pandas as pd
from tqdm import tqdm

from selcn.data.hair.removal import METHODS
from selcn.data.hair.writing import COLUMNS, clean_image, still_there
from selcn.jobs.job import job
from selcn.jobs.parallel import in_order
from selcn.jobs.resumable import ResumableWork
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.ledger import Ledger
from selcn.storage.shards import in_shard


def main(snakemake, log) -> None:
    index = in_shard(read_table(snakemake.input.index), **snakemake.params.shard)
    # All shards share one folder of images, which no rule declares, so that finished images survive a failed job.
    folder = Path(snakemake.output.manifest).parents[1]
    # The ledger depends on no row of the index: each line has the checksum of the image that it was made from.
    ledger = Ledger(ResumableWork.of_job(snakemake, {"index": index.iloc[:0, :0]}).folder / "cleaned.jsonl")
    sources = dict(zip(index["image_id"], index["sha256"], strict=True))
    done = {row["image_id"]: row for row in ledger.rows() if still_there(row, sources, folder)}
    settings = METHODS[snakemake.params.method](**snakemake.params.settings)
    clean = partial(clean_image, folder=folder, settings=settings)
    waiting = [row for row in index.itertuples() if row.image_id not in done]
    # One image per thread: OpenCV's own threads would compete with these.
    cv2.setNumThreads(1)
    for row in tqdm(in_order(clean, waiting, snakemake.threads), total=len(waiting), unit="image", disable=None):
        ledger.add(row | {"source": sources[row["image_id"]]})
        done[row["image_id"]] = row
    table = pd.DataFrame([done[image_id] for image_id in index["image_id"]], columns=list(COLUMNS))
    write_table(table.astype({"width": "int32", "height": "int32"}), snakemake.output.manifest)
    shown = 100 * table["hair_share"].mean()
    log.info(
        "%d images, %d of them in this run; on average %.1f %% of the pixels inpainted", len(table), len(waiting), shown
    )


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
