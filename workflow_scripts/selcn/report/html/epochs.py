"""The page's table of the lesion networks' epochs."""

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.report.html.grid import Cell, Column, Grid, text_cell
from selcn.report.html.results import Results
from selcn.report.tables.epochs import marked_epochs
from selcn.report.tables.models import HEADS, label_of
from selcn.report.tables.render import NONE

_NETWORK = ["dataset", "model", "seed"]


def epochs(results: Results) -> Grid:
    """Return the epochs of each lesion network by fold, a row for each data set, cell and seed."""
    tables = {protocol: _by_network(table) for protocol, table in results.of_protocols("epochs").items()}
    columns = [Column("Trained on"), *map(Column, HEADS["lesion"]), Column("Seed")]
    columns += [Column("Epochs by fold", protocol, protocol) for protocol in tables]
    networks = dict.fromkeys(network for folds in tables.values() for network in folds)
    rows = []
    for dataset, model, seed in networks:
        label = [DATASETS[dataset], *label_of("lesion", model), seed]
        folds = [tables[protocol].get((dataset, model, seed), NONE) for protocol in tables]
        rows.append((*map(text_cell, label), *map(Cell, folds)))
    return Grid("Epochs of the lesion networks", tuple(columns), tuple(rows))


def _by_network(table: pd.DataFrame) -> dict[tuple, str]:
    rows = table[table["stage"] == "lesion"].groupby(_NETWORK, sort=False)
    return {network: ", ".join(map(marked_epochs, folds.itertuples())) for network, folds in rows}
