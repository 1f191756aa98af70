"""The study shared by the workers of one search: its trials, in a journal file that is safe on a network file system.

A worker owns the trials that it started. After an interruption it resumes its own when it is started again, by
Snakemake or by its user, so no worker has to guess whether another is still running. With fewer workers than before,
each takes over the trials of the workers whose number modulo the new count is its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from selcn.training.search.journal import CheckedJournal
from selcn.training.search.space import SearchSettings

NAME = "search"
OWNER, CONFIGURED = "worker", "configured"
"""Attributes of a trial: the number of the worker that started it, and whether its values are the configured ones."""

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
CLAIMED = (*FINISHED, TrialState.RUNNING)


class SharedStudy:
    """One worker's view of a study that several workers share.

    Parameters
    ----------
    journal
        The journal file; created if missing.
    worker, workers
        This worker's number, from 0, and the number of workers.
    configured
        Hyper-parameters of the first trial, so that no search ends with worse ones; empty for a random first trial.
    """

    def __init__(
        self, journal: Path, settings: SearchSettings, worker: int, workers: int, configured: Mapping[str, Any]
    ) -> None:
        self.settings, self.worker, self.workers, self.configured = settings, worker, workers, configured
        self._storage = JournalStorage(CheckedJournal(journal))
        self.study = optuna.create_study(
            storage=self._storage,
            study_name=NAME,
            direction="maximize",
            load_if_exists=True,
            # Optuna counts steps from 0, epochs are counted from 1.
            pruner=optuna.pruners.MedianPruner(settings.startup_trials, n_warmup_steps=settings.warmup_epochs + 1),
        )
        self._id = self._storage.get_study_id_from_name(NAME)

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Return the trials in these states, by number."""
        return self.study.get_trials(deepcopy=False, states=states)

    def own(self, *states: TrialState) -> list[FrozenTrial]:
        """Return this worker's trials in these states, by number."""
        return [t for t in self.trials(*states) if t.user_attrs[OWNER] % self.workers == self.worker]

    def next_trial(self, total: int) -> Trial | None:
        """Return an interrupted trial of this worker, else a new one, else None when `total` are claimed."""
        known = len(self.trials(*CLAIMED))
        for interrupted in self.own(TrialState.RUNNING):
            if self._keeps(interrupted.number, total):
                return self._trial(interrupted.number, known)
        while len(self.trials(*CLAIMED)) < total:
            number = self._begin()
            if self._keeps(number, total):
                return self._trial(number, known)
        return None

    def _begin(self) -> int:
        """Start a trial, with the configured values if no other has them, and return its number.

        The owner is written in the same step: an interruption between two writes would leave a trial without one.
        """
        first = {} if any(CONFIGURED in trial.user_attrs for trial in self.trials(*CLAIMED)) else self.configured
        begun = create_trial(
            state=TrialState.RUNNING,
            params=dict(first),
            distributions={name: self.settings.distributions[name] for name in first},
            user_attrs={OWNER: self.worker} | ({CONFIGURED: True} if first else {}),
        )
        return self._storage.get_trial_number_from_id(self._storage.create_new_trial(self._id, begun))

    def _keeps(self, number: int, total: int) -> bool:
        """Return whether a trial is within the total; mark it as failed if not.

        Two workers that take the last place, or the configured values, at the same time both see so from their
        trials' numbers, and the later one withdraws.
        """
        claimed = self.trials(*CLAIMED)
        configured = [trial.number for trial in claimed if CONFIGURED in trial.user_attrs]
        rank = [trial.number for trial in claimed].index(number)
        if rank < total and number not in configured[1:]:
            return True
        self.study.tell(number, state=TrialState.FAIL)
        return False

    def _trial(self, number: int, known: int) -> Trial:
        """Return a trial, its sampler seeded so that a worker repeats neither another's samples nor its own."""
        seed = np.random.SeedSequence([self.settings.seed, self.worker, known, number]).generate_state(1)[0]
        self.study.sampler = optuna.samplers.TPESampler(
            n_startup_trials=self.settings.startup_trials, seed=int(seed), constant_liar=True
        )
        return Trial(self.study, self._storage.get_trial_id_from_study_id_trial_number(self._id, number))
