"""The state of every network of a study, and the job that trains it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from selcn.design.trained_networks import TrainedNetwork
from selcn.status.job_logs import JobLog, State
from selcn.workflow.inputs.trained import (
    backbone_networks,
    file_of,
    lesion_networks,
    segmentation_networks,
    symmetry_networks,
)
from selcn.workflow.paths import fill
from selcn.workflow.study import Study

# The job that trains a network, as its log is named. Those of all stages but segmentation train every fold.
_JOBS = {
    "segmentation": "train_segmentation/{protocol}/{model}/fold-{fold}",
    "backbone": "train_backbone/{protocol}/{model}",
    "symmetry": "train_symmetry/{protocol}/{model}",
    "lesion": "train_lesion_{dataset}/{protocol}/{model}/seed-{seed}",
}
_TITLES = {
    "segmentation": "Segmentation",
    "backbone": "Backbones",
    "symmetry": "Symmetry models",
    "lesion": "Lesion cells, {name}",
}


@dataclass(frozen=True)
class NetworkState:
    """A network of a protocol, its state, and the name of its data set."""

    protocol: str
    network: TrainedNetwork
    state: State
    dataset: str

    @property
    def group(self) -> str:
        """Title of the networks that it is one of."""
        return _TITLES[self.network.stage].format(name=self.dataset)


def networks_of(study: Study, protocol: str) -> list[TrainedNetwork]:
    """Return every network of a protocol, in the order of the data."""
    return [
        *segmentation_networks(study, protocol),
        *backbone_networks(study),
        *symmetry_networks(study, study.models_like_symmetry),
        *(network for dataset, cells in study.cells_of.items() for network in lesion_networks(study, cells, dataset)),
    ]


def job_of(network: TrainedNetwork, protocol: str) -> str:
    """Return the name of the job that trains a network, as its log is named."""
    return fill(_JOBS[network.stage], network._asdict() | {"protocol": protocol})


def network_states(study: Study, folder: Path, jobs: Mapping[str, JobLog]) -> Iterator[NetworkState]:
    """Yield the state of every network of a study.

    Parameters
    ----------
    folder
        The study's folder.
    jobs
        What every log says, by the jobs' names.
    """
    for protocol in study.protocols:
        for network in networks_of(study, protocol):
            weights = folder / fill(file_of(network, "best.pt"), {"protocol": protocol})
            job = jobs.get(job_of(network, protocol))
            state = state_of(network, job, weights.exists())
            yield NetworkState(protocol, network, state, study.names[network.dataset])


def state_of(network: TrainedNetwork, job: JobLog | None, trained: bool) -> State:
    """Return a network's state.

    Parameters
    ----------
    job
        What the log of its job says; None: there is no log.
    trained
        Whether its weights are among the results. Snakemake removes them when a job fails; folds that the job had
        trained are then kept in work/, and count as finished.
    """
    if trained:
        return State.FINISHED
    if job is None or job.state == State.FINISHED:
        return State.WAITING
    # The job of a segmentation network trains its fold alone.
    number = 0 if network.stage == "segmentation" else network.fold
    if number == job.training:
        return job.state
    return State.FINISHED if number < job.training else State.WAITING
