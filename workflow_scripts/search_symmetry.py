"""Run trials of the symmetry network's hyper-parameter search, beside other workers."""

from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.networks.symmetry import MODELS, SymmetrySettings
from selcn.storage.artifacts import read_json, read_table
from selcn.training.packed import PackedImages
from selcn.training.samples import search_samples
from selcn.training.search.job import run_worker
from selcn.training.search.score import by_balanced_accuracy
from selcn.training.symmetry import set_up_symmetry


def main(snakemake) -> None:
    inputs, model = snakemake.input, MODELS[snakemake.wildcards.model]
    packed = PackedImages.open(inputs, model.mask)
    samples, weights = search_samples(read_table(inputs.splits), packed.rows), as_list(inputs.weights)

    def train(values, progress, after_epoch):
        settings = SymmetrySettings.from_config(values)
        setup = by_balanced_accuracy(set_up_symmetry(packed, model, samples, settings, weights), model.classes)
        return setup.fit(settings.training, progress, after_epoch)

    configured = dict(snakemake.params.settings["network"])
    run_worker(snakemake, configured | (read_json(inputs.selected) if inputs.selected else {}), train)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
