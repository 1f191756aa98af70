"""Train one segmentation network on HAM10000's development set, validated on one fold."""

from pathlib import Path

import yaml

from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.networks.segmentation import SegmentationSettings
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.row_arrays import ShardedArray
from selcn.training.models import write_model
from selcn.training.packed import PackedImages
from selcn.training.samples import fold_samples
from selcn.training.segmentation import set_up_segmentation


def main(snakemake) -> None:
    work = ResumableWork.of_job(snakemake)
    if not work.finished:
        inputs = snakemake.input
        settings = SegmentationSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
        fold = int(snakemake.wildcards.segmentation_fold)
        packed, architecture = PackedImages.open(inputs), snakemake.wildcards.architecture
        truth = ShardedArray(inputs.truth, packed.rows["image_id"])
        samples = fold_samples(read_table(inputs.splits), fold, packed.rows)
        setup = set_up_segmentation(packed, truth, architecture, samples, settings, inputs.weights or None)
        history = setup.fit(settings.training, work.progress)
        write_model(setup.network, history, work.outputs)
        write_table(samples.table.iloc[samples.numbers("train").numpy()], work.outputs / "training_ids.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
