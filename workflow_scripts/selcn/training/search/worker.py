"""A search worker: runs trials until the requested number is reached, and resumes after an interruption."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, Trial, TrialState

from selcn.training.errors import TrainingFailedError
from selcn.training.search.space import suggest
from selcn.training.search.study import FINISHED, OWNER, SharedStudy

log = logging.getLogger("selcn.training.search")

History = list[dict[str, float]]
# Trains with the given hyper-parameters, keeps its progress in a file, and reports every epoch.
Train = Callable[[dict, Path, Callable[[History], None]], pd.DataFrame]


def run_trials(shared: SharedStudy, total: int, train: Train, folder: Path) -> pd.DataFrame:
    """Run trials until `total` are claimed by the workers; return this worker's.

    Parameters
    ----------
    train
        Takes hyper-parameters, the file of its progress, and a function to call after every epoch.
    folder
        The folder of a trial's progress until it is finished.

    Returns
    -------
    pandas.DataFrame
        Their table, see `trial_table`.
    """
    for finished in shared.own(*FINISHED):
        shutil.rmtree(place_of(folder, finished.number), ignore_errors=True)
    while (trial := shared.next_trial(total)) is not None:
        values = suggest(trial, shared.settings.distributions)
        log.info("trial %d: %s", trial.number, "  ".join(f"{name} {value:.4g}" for name, value in values.items()))
        state, value = run_trial(trial, values, train, place_of(folder, trial.number))
        shared.study.tell(trial.number, value, state)
        shutil.rmtree(place_of(folder, trial.number), ignore_errors=True)
        log.info("trial %d: %s %s", trial.number, state.name.lower(), "" if value is None else f"{value:.4f}")
    return trial_table(shared.own(*FINISHED), sorted(shared.settings.space))


def run_trial(trial: Trial, values: dict, train: Train, place: Path) -> tuple[TrialState, float | None]:
    """Return a trial's final state and, unless pruned, the score of the epoch whose weights are kept.

    The score is what the set-up counts as validation accuracy: balanced accuracy, or Dice.
    """
    reported = set(trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values)

    def after_epoch(history: History) -> None:
        for row in history:
            if (epoch := int(row["epoch"])) not in reported:
                trial.report(row["validation_accuracy"], epoch)
                reported.add(epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    place.mkdir(parents=True, exist_ok=True)
    try:
        history = train(values, place / "progress.pt", after_epoch)
    except optuna.TrialPruned:
        return TrialState.PRUNED, None
    except TrainingFailedError as error:
        log.info("trial %d: %s", trial.number, error)
        return TrialState.PRUNED, None
    return TrialState.COMPLETE, float(history.loc[history["validation_loss"].idxmin(), "validation_accuracy"])


def place_of(folder: Path, number: int) -> Path:
    """Return the folder of a trial's progress."""
    return folder / f"trial-{number}"


def trial_table(trials: list[FrozenTrial], names: list[str]) -> pd.DataFrame:
    """Return trials as a table.

    Returns
    -------
    pandas.DataFrame
        number, state (complete or pruned), value (0..1; NaN where pruned), epochs, worker (that started it), and a
        column for each of `names`; by number.
    """
    rows = [
        {
            "number": trial.number,
            "state": trial.state.name.lower(),
            "value": trial.value if trial.state == TrialState.COMPLETE else float("nan"),
            "epochs": len(trial.intermediate_values),
            "worker": trial.user_attrs[OWNER],
            **{name: trial.params[name] for name in names},
        }
        for trial in trials
    ]
    return pd.DataFrame(rows, columns=["number", "state", "value", "epochs", "worker", *names])
