"""The table of epochs: how long each network was trained, and what ended its training."""

from collections.abc import Mapping, Sequence

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.design.trained_networks import TrainedNetwork
from selcn.report.tables.blocks import DEMO, NONE, Block, Entry, Grid
from selcn.report.tables.models import HEADS, label_of
from selcn.training.schedule import CONSTANT

LIMIT, SCHEDULE, PATIENCE, DIVERGED = "limit", "schedule", "patience", "diverged"
"""What ended a training: the limit of epochs, at a constant learning rate or with its schedule; epochs without a lower
validation loss; or a loss that is no number."""

_STAGES = {
    "segmentation": "Segmentation networks",
    "backbone": "Backbones of the symmetry network",
    "symmetry": "Symmetry networks",
    "lesion": "Lesion networks",
}


def epochs_of(history: pd.DataFrame, limit: int, patience: int, schedule: str) -> dict[str, object]:
    """Return the epochs of a training and what ended it.

    Parameters
    ----------
    history
        epoch (from 1) and validation_loss of each epoch.
    limit, patience, schedule
        `training.epochs`, `training.patience` and `training.schedule` of the network's settings.

    Returns
    -------
    dict
        epochs; kept, the first epoch with the lowest validation loss, whose weights are kept, 0 where none is finite;
        limit; ended (`LIMIT`, `SCHEDULE`, `PATIENCE` or `DIVERGED`).
    """
    epochs, losses = len(history), history["validation_loss"]
    kept = int(history.loc[losses.idxmin(), "epoch"]) if losses.notna().any() else 0
    at_limit = LIMIT if schedule == CONSTANT else SCHEDULE
    ended = PATIENCE if epochs - kept >= patience else at_limit if epochs >= limit else DIVERGED
    return {"epochs": epochs, "kept": kept, "limit": limit, "ended": DIVERGED if losses.isna().any() else ended}


def epoch_table(
    networks: Sequence[TrainedNetwork], histories: Sequence[pd.DataFrame], limits: Mapping[str, tuple[int, int, str]]
) -> pd.DataFrame:
    """Return the rows of `epochs_of` for networks: columns stage, dataset, model, seed and fold before them.

    Parameters
    ----------
    limits
        Limit of epochs, patience and schedule of the networks of each stage.
    """
    return pd.DataFrame(
        {"stage": net.stage, "dataset": net.dataset, "model": net.model, "seed": net.seed, "fold": net.fold}
        | epochs_of(history, *limits[net.stage])
        for net, history in zip(networks, histories, strict=True)
    )


def epoch_blocks(table: pd.DataFrame, protocol: str, demo: bool) -> list[Block]:
    """Return the table as text and a grid for each stage and data set, a row for each model and seed.

    Parameters
    ----------
    table
        Rows of `epoch_table`.
    demo
        Whether the numbers come from synthetic images.
    """
    limited, scheduled = (int((table["ended"] == ended).sum()) for ended in (LIMIT, SCHEDULE))
    blocks: list[Block] = [f"# Epochs of the networks of the {protocol} protocol", *([DEMO] if demo else [])]
    blocks.append(
        f"**The limit of epochs stopped {limited:,} of {len(table):,} trainings**, printed in bold with an L: their "
        "validation loss might fall further. "
        + (f"{scheduled:,} ended with their schedule (S), when their learning rate was 0. " if scheduled else "")
        + "All others ended when their patience was used up, or diverged (D). In brackets: the epoch with the lowest "
        "validation loss, whose weights are kept."
    )
    for (stage, dataset), rows in table.groupby(["stage", "dataset"], sort=False):
        limits = " or ".join(str(limit) for limit in sorted(set(rows["limit"])))
        blocks += [f"## {_STAGES[str(stage)]}, trained on {DATASETS[str(dataset)]}", f"Limit: {limits} epochs."]
        blocks.append(_grid(str(stage), rows))
    return blocks


def _grid(stage: str, rows: pd.DataFrame) -> Grid:
    folds, seeded = sorted(set(rows["fold"])), stage == "lesion"
    lines: list[list[str | Entry]] = []
    for (model, seed), of_model in rows.groupby(["model", "seed"], sort=False):
        by_fold = {row.fold: _entry(row) for row in of_model.itertuples()}
        label = [*label_of(stage, str(model)), *([str(seed)] if seeded else [])]
        lines.append([*label, *(by_fold.get(fold, NONE) for fold in folds)])
    return Grid([*HEADS[stage], *(["Seed"] if seeded else []), *(f"Fold {fold}" for fold in folds)], lines)


def marked_epochs(row) -> str:
    """Return the number of epochs of a row of `epoch_table`, with a letter for what ended it, but none for patience."""
    return f"{row.epochs}" + {LIMIT: " L", SCHEDULE: " S", DIVERGED: " D"}.get(row.ended, "")


def _entry(row) -> Entry:
    return Entry(marked_epochs(row), "**" if row.ended == LIMIT else "", aside=str(row.kept), value=row.epochs)
