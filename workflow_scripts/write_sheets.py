"""Write the sheets of a data set's selected images, as scripts for the browser, and remove those of other images."""

from pathlib import Path

import pandas as pd
from tqdm import tqdm

from selcn.data.duplicates.decisions import certain
from selcn.data.packing import PackSettings
from selcn.jobs.job import job
from selcn.jobs.resumable import inputs_named
from selcn.report.viewer_data.protocol_sheets import ProtocolSheets
from selcn.report.viewer_data.scripts import remove_scripts, write_script
from selcn.report.viewer_data.sheets import DatasetSheets, pairs_of
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, params, dataset = snakemake.input, snakemake.params, snakemake.wildcards.dataset
    selection, groups = read_table(inputs.selection), read_table(inputs.groups)
    image_ids = selection.loc[selection["dataset"] == dataset, "image_id"].tolist()
    sheets = DatasetSheets(
        dataset,
        read_table(inputs.index).set_index("image_id"),
        read_table(inputs.hair).set_index("image_id"),
        Path(inputs.hair).parent,
        pairs_of(certain(read_table(inputs.pairs)), dataset),
        PackSettings(**params.pack),
        params.photographs,
        {
            protocol: ProtocolSheets.read(dataset, image_ids, inputs_named(inputs, f"{protocol}_"), params, groups)
            for protocol in params.protocols
        },
    )
    folder = Path(snakemake.output.manifest).parent
    removed = remove_scripts(folder, image_ids)
    rows = []
    for image_id in tqdm(image_ids, unit="image", disable=None):
        checksum = write_script(f"sheets/{dataset}/{image_id}", sheets.sheet(image_id), folder / f"{image_id}.js")
        rows.append((image_id, f"{dataset}/{image_id}.js", checksum))
    write_table(pd.DataFrame(rows, columns=["image_id", "path", "sha256"]), snakemake.output.manifest)
    log.info("%d sheets written, %d of former selections removed", len(rows), removed)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
