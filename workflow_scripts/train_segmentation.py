"""Train one segmentation network on fold 0 of HAM10000: three quarters of the pool, validated on the fourth."""

from pathlib import Path

import torch
import yaml

from selcn.artifacts import checked_array, read_json, read_table, write_table
from selcn.inputs import fold_samples, open_pixels
from selcn.job import logged
from selcn.segmentation import SegmentationSettings, build_segmentation_network, segmentation_task
from selcn.training.fit import fit, pick_device, seed_everything
from selcn.training.images import resident
from selcn.work import Work


def train(inputs, architecture: str, settings: SegmentationSettings, work: Work) -> None:
    seed_everything(settings.training)
    device = pick_device()
    samples = fold_samples(read_table(inputs.splits), 0, read_table(inputs.rows))
    pixels = open_pixels("none", inputs, settings.input, device)
    truth = resident(checked_array(inputs.truth, read_json(inputs.packed)["masks_sha256"]), device)
    network = build_segmentation_network(architecture, settings, Path(inputs.weights) if inputs.weights else None)
    task = segmentation_task(pixels, truth, samples.rows, samples.variants, settings)
    train_numbers, validation_numbers = samples.numbers("train"), samples.numbers("validation")
    history = fit(network, task, train_numbers, validation_numbers, settings.training, work.progress, device)
    torch.save(network.cpu().state_dict(), work.outputs / "best.pt")
    history.to_csv(work.outputs / "history.csv", index=False)
    write_table(samples.table.iloc[train_numbers.numpy()], work.outputs / "training_ids.parquet")


def main(snakemake) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        settings = SegmentationSettings.from_config(yaml.safe_load(Path(snakemake.input.settings).read_text()))
        train(snakemake.input, snakemake.wildcards.architecture, settings, work)
        work.finish()
    work.hand_over(snakemake.output)


with logged(snakemake.log[0]):  # noqa: F821
    main(snakemake)  # noqa: F821
