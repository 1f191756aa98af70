"""Index one data set: one row per image, and the rejected images with the reason."""

from selcn.data.datasets.files import as_text
from selcn.data.datasets.index import build_index, describe_rejected, require_accepted, summarise
from selcn.data.datasets.sources import SourceSettings
from selcn.jobs.job import job
from selcn.storage.artifacts import replacing, write_json, write_table


def main(snakemake, log) -> None:
    """Write the index, the rejected images and the counts; the log holds every rejected image in any case."""
    settings = SourceSettings.of_job(snakemake.params.source)
    result = build_index(settings, snakemake.threads)
    if result.passed_over:
        log.info("files passed over by name: %d, such as %s", len(result.passed_over), as_text(result.passed_over[0]))
    for row in result.rejected.itertuples():
        log.info("rejected %s", describe_rejected(row))
    require_accepted(result, settings, full_list=snakemake.log[0])
    summary = summarise(result)
    log.info("%s: %s", settings.dataset, summary)
    with replacing(snakemake.output.rejected) as temporary:
        result.rejected.to_csv(temporary, index=False)
    write_json(summary, snakemake.output.summary)
    write_table(result.index, snakemake.output.index)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
