"""Localisation scores of CAMs against the true lesion masks of HAM10000."""

import pandas as pd

from selcn.cams.scored_images import scored_images
from selcn.evaluation.failures import FAILED
from selcn.evaluation.localisation import LocalisationSettings, localise_all, summarise
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table, write_json, write_table
from selcn.storage.cam_table import load_cams, rows_of
from selcn.storage.row_arrays import ShardedArray


def score_cams(inputs, settings: LocalisationSettings) -> pd.DataFrame:
    """Return the localisation metrics of every scored image with a true mask: see `evaluation.localisation`.

    Parameters
    ----------
    inputs
        A job's inputs: `cams`; `truth` and `rows`, the packed true masks and their manifest; `lesions` in the leakfree
        protocol.
    """
    rows = read_table(inputs.rows)
    images = scored_images(rows[rows["has_mask"]], inputs.lesions)
    truth = ShardedArray(as_list(inputs.truth), rows["image_id"])[images.index.to_numpy()]
    frame, cams = load_cams(inputs.cams)
    cams = cams[rows_of(frame, images["image_id"], ["original"] * len(images), inputs.cams)]
    return localise_all(cams, truth, images["image_id"].tolist(), settings)


def write_scores(snakemake, failed: str | None) -> None:
    """Write the localisation scores of a job's CAMs and their summary: outputs `localisation` and `summary`.

    Parameters
    ----------
    failed
        Why the cell or model failed; None where it did not.
    """
    table = score_cams(snakemake.input, LocalisationSettings(**snakemake.params.localisation))
    write_table(table, snakemake.output.localisation)
    write_json(summarise(table) | ({FAILED: failed} if failed else {}), snakemake.output.summary)
