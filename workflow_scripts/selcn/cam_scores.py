"""Compare a table of CAMs with the true lesion masks of HAM10000."""

import pandas as pd

from selcn.artifacts import read_table, write_json, write_table
from selcn.cam_table import load_cams, rows_of
from selcn.explained import explained_images
from selcn.localisation import LocalisationSettings, localise_all, summarise
from selcn.stack import Stack
from selcn.work import as_list


def score_cams(inputs, settings: LocalisationSettings) -> pd.DataFrame:
    """Return `selcn.localisation.localise_all` of every image that has a true mask and is to be measured on.

    Parameters
    ----------
    inputs
        A job's inputs: `cams`; `truth` and `rows`, the packed masks and their manifest; `lesions` in the leakfree
        protocol.
    """
    rows = read_table(inputs.rows)
    images = explained_images(rows[rows["has_mask"]], inputs.lesions)
    truth = Stack(as_list(inputs.truth), rows["image_id"])[images.index.to_numpy()]
    frame, cams = load_cams(inputs.cams)
    cams = cams[rows_of(frame, images["image_id"], ["original"] * len(images), inputs.cams)]
    return localise_all(cams, truth, images["image_id"].tolist(), settings)


def write_scores(snakemake) -> None:
    """Write the scores of a job's CAMs, and their summary, to its outputs `localisation` and `summary`."""
    table = score_cams(snakemake.input, LocalisationSettings(**snakemake.params.localisation))
    write_table(table, snakemake.output.localisation)
    write_json(summarise(table), snakemake.output.summary)
