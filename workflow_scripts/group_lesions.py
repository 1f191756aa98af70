"""Group the images of each lesion over all data sets, by image and lesion ids and by near-duplicates."""

from selcn.data.duplicates.decisions import REJECTED, certain
from selcn.data.duplicates.groups import lesion_groups, require_same_images, unrevealed
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    indices = dict(zip(snakemake.params.datasets, map(read_table, snakemake.input.indices), strict=True))
    require_same_images(indices)
    every = read_table(snakemake.input.pairs)
    pairs = certain(every)
    groups = lesion_groups(indices, pairs)
    log.info("%d images of %d lesions", len(groups), groups["group"].nunique())
    log.info("%d of %d certain pairs have unrelated ids", len(unrevealed(pairs, indices)), len(pairs))
    group = groups.set_index(["dataset", "image_id"])["group"]
    for pair in every[every["certainty"] == REJECTED].itertuples():
        if group[pair.dataset_a, pair.image_id_a] == group[pair.dataset_b, pair.image_id_b]:
            log.warning("%s and %s were rejected, but an id or other pairs link them", pair.image_id_a, pair.image_id_b)
    write_table(groups, snakemake.output.groups)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
