"""Compare one part of the candidate pairs by their local features."""

import hashlib

import cv2
import pandas as pd
from pandas.util import hash_pandas_object
from tqdm import tqdm

from selcn.data.duplicates.geometry import compare_pairs
from selcn.data.duplicates.images import open_keypoints, read_manifests
from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.shards import shard_of


def main(snakemake, log) -> None:
    inputs, params, part = snakemake.input, snakemake.params, int(snakemake.wildcards.part)
    pairs = read_table(inputs.candidates)
    images = pairs["image_id_a"].cat.categories
    chosen = images[[shard_of(image_id, params.parts) == part for image_id in images]]
    pairs = pairs[pairs["image_id_a"].isin(chosen)].astype("str")
    # Only the keypoints of its own images matter to a part.
    compared = set(pairs["image_id_a"]) | set(pairs["image_id_b"])
    manifests = read_manifests(inputs, params.datasets)
    rows = {f"{name}_keypoint_rows": table[table["image_id"].isin(compared)] for name, table in manifests.items()}
    without = [f"{dataset}_keypoints" for dataset in params.datasets]
    # A digest of the pairs, of which a part may have millions.
    listed = pd.DataFrame({"pairs": [hashlib.sha256(hash_pandas_object(pairs, index=False).to_numpy()).hexdigest()]})
    work = ResumableWork.of_job(snakemake, {"candidates": listed, **rows}, without=without)
    if not work.finished:
        cv2.setNumThreads(1)
        shown = tqdm(pairs.itertuples(), total=len(pairs), unit="pair", disable=None)
        found = compare_pairs(shown, open_keypoints(inputs, manifests).of)
        write_table(found, work.outputs / "matches.parquet")
        log.info("%d pairs compared, %d with inliers", len(pairs), len(found))
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
