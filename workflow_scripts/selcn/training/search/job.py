"""The search job of any of the three networks: one worker, from the job's parameters to its table of trials."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from selcn.jobs.resumable import ResumableWork
from selcn.networks.settings import tuned
from selcn.storage.artifacts import write_table
from selcn.training.search.space import SearchSettings, configured
from selcn.training.search.study import SharedStudy
from selcn.training.search.worker import History, run_trials

# Trains with a network's settings, keeps its progress in a file, and reports every epoch.
TrainWith = Callable[[Mapping[str, Any], Path, Callable[[History], None]], pd.DataFrame]


def run_worker(snakemake, settings: Mapping[str, Any], train: TrainWith) -> None:
    """Run one worker of a search and write the table of its trials.

    The study's folder is named after the fingerprint of what its trials depend on. The numbers of trials and workers
    are not part of it, so that more trials continue the same study.

    Parameters
    ----------
    settings
        The network's configured settings; a trial's hyper-parameters replace those in them.
    """
    work, params = ResumableWork.of_job(snakemake), snakemake.params
    search = SearchSettings(**params.settings["search"])
    first = configured(settings, search.distributions)
    worker = int(snakemake.wildcards.worker)
    shared = SharedStudy(work.folder / "journal.log", search, worker, params.workers, first)

    def train_with(values: dict, progress: Path, after_epoch: Callable[[History], None]) -> pd.DataFrame:
        return train(tuned(settings, values), progress, after_epoch)

    write_table(run_trials(shared, params.trials, train_with, work.folder), snakemake.output.trials)
