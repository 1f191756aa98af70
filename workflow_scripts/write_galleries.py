"""Write the galleries of the report, and choose the images that have a sheet."""

import pandas as pd

from selcn.jobs.job import job
from selcn.jobs.resumable import inputs_named
from selcn.report.viewer_data.overview import ProtocolResults, galleries_of, names_of, wrong_shares
from selcn.report.viewer_data.scripts import write_script
from selcn.report.viewer_data.selection import select_images, shown_images
from selcn.report.viewer_data.subsets import shown_sets, subsets_of
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    indices = dict(zip(params.datasets, map(read_table, inputs.indices), strict=True))
    protocols = [
        ProtocolResults.open(protocol, inputs_named(inputs, f"{protocol}_"), params, indices)
        for protocol in params.protocols
    ]
    galleries = galleries_of(inputs, protocols, indices)
    shown = shown_images(galleries)
    sheets = {
        dataset: select_images(
            index,
            [image_id for place, image_id in shown if place == dataset],
            wrong_shares(protocols, dataset),
            params.sheets_per_class,
        )
        for dataset, index in indices.items()
        # Of images that no network predicts there are no sheets.
        if dataset in shown_sets(subsets_of())
    }
    value = {
        "sheets": sheets,
        **names_of(params, indices),
        "photographs": params.photographs,
        "matrices": [matrix for results in protocols for matrix in results.matrices()],
        "galleries": galleries,
    }
    write_script("galleries", value, outputs.galleries)
    chosen = [(dataset, image_id) for dataset, image_ids in sheets.items() for image_id in image_ids]
    write_table(pd.DataFrame(chosen, columns=["dataset", "image_id"]), outputs.selection)
    log.info("%d images in galleries; %d have a sheet", len(shown), len(chosen))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
