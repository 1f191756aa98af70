"""Choose the pairs of images that are compared by local features: of like patients, of like colours, of like hashes."""

from selcn.data.duplicates.candidates import Appearance, choose_candidates
from selcn.data.duplicates.images import open_images
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, datasets = snakemake.input, snakemake.params.datasets
    indices = dict(zip(datasets, map(read_table, inputs.indices), strict=True))
    candidates = choose_candidates(indices, Appearance.of(open_images(inputs, datasets)), snakemake.params.nearest)
    counts = candidates["candidate"].value_counts().to_dict()
    log.info("%d candidate pairs: %s", len(candidates), ", ".join(f"{n} by {name}" for name, n in counts.items()))
    write_table(candidates, snakemake.output.candidates)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
