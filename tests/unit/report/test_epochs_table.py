"""The table of epochs: what ended each training, and which the limit of epochs stopped."""

import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from page_results import results_of
from score_files import rows_of
from selcn.design.trained_networks import TrainedNetwork
from selcn.report.html.epochs import epochs
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.epochs import epoch_blocks, epoch_table, epochs_of


def history(*losses: float) -> pd.DataFrame:
    return pd.DataFrame({"epoch": range(1, len(losses) + 1), "validation_loss": losses})


@pytest.mark.parametrize(
    ("losses", "kept", "ended"),
    [
        ((3, 2, 1), 3, "limit"),
        ((3, 1, 2), 2, "limit"),
        ((1, 2, 3), 1, "patience"),  # patience and limit end in the same epoch: more epochs would change nothing
        ((1, 2), 1, "diverged"),  # an epoch short of its patience: its training loss was no number
        ((3, 2, np.nan), 2, "diverged"),
        ((np.nan,), 0, "diverged"),
        ((1, 1, 1), 1, "patience"),
    ],
)
def test_what_ended_a_training(losses, kept, ended):
    found = epochs_of(history(*losses), limit=3, patience=2, schedule="constant")
    assert found == {"epochs": len(losses), "kept": kept, "limit": 3, "ended": ended}


def test_a_schedule_ends_a_training_at_its_limit():
    ended = [epochs_of(history(*losses), 3, 2, "cosine")["ended"] for losses in ((3, 2, 1), (3, 2), (1, 2, 3))]
    assert ended == ["schedule", "diverged", "patience"]


NETWORKS = [
    TrainedNetwork("symmetry", "symderm", "none", 0),
    TrainedNetwork("lesion", "ham10000", "cls-none_sym-off", 0, 42),
    TrainedNetwork("lesion", "ham10000", "cls-none_sym-off", 1, 42),
    TrainedNetwork("lesion", "ham10000", "cls-none_sym-none", 0, 42),
]
HISTORIES = [history(1, 2), history(3, 2, 1), history(1, 2, 3), history(np.nan)]
LIMITS = {"symmetry": (9, 1, "constant"), "lesion": (3, 2, "constant")}


def test_a_training_that_the_limit_stopped_is_marked():
    text = as_markdown(epoch_blocks(epoch_table(NETWORKS, HISTORIES, LIMITS), "leakfree", demo=False))
    assert "The limit of epochs stopped 1 of 4 trainings" in text
    assert "Demo data" not in text
    assert "schedule" not in text
    symmetry, lesion = text.split("## ")[1:]
    assert symmetry.startswith("Symmetry networks, trained on SymDerm v2.0\n\nLimit: 9 epochs.")
    assert rows_of(symmetry) == [["#", "Input", "Pretrained", "Fold 0"], ["2", "no mask", "yes", "2 (1)"]]
    assert rows_of(lesion) == [
        ["#", "Lesion input", "Symmetry input", "Seed", "Fold 0", "Fold 1"],
        ["1", "no mask", "no CAMs", "42", "**3 L** (3)", "3 (1)"],
        ["2", "no mask", "no mask", "42", "1 D (0)", "–"],
    ]


def test_trainings_that_ended_with_their_schedule_are_counted_apart():
    table = epoch_table(NETWORKS, HISTORIES, LIMITS | {"lesion": (3, 2, "cosine")})
    text = as_markdown(epoch_blocks(table, "leakfree", demo=False))
    assert "The limit of epochs stopped 0 of 4 trainings" in text
    assert "1 ended with their schedule (S)" in text
    assert rows_of(text)[-2][4:] == ["3 S (3)", "3 (1)"]


def test_the_script_writes_a_row_for_each_network(tmp_path):
    paths = [tmp_path / f"{number}.csv" for number in range(len(HISTORIES))]
    for path, rows in zip(paths, HISTORIES, strict=True):
        rows.to_csv(path, index=False)
    outputs = {kind: tmp_path / f"epochs.{kind}" for kind in ("csv", "md", "html")}
    params = {"networks": NETWORKS, "limits": LIMITS, "demo": True}
    run_script("write_epochs", tmp_path, {"histories": paths}, outputs, params, {"protocol": "thesis"})
    table = pd.read_csv(outputs["csv"])
    assert list(table["ended"]) == ["patience", "limit", "patience", "diverged"]
    assert list(table["kept"]) == [1, 3, 1, 0]
    assert "Demo data" in outputs["md"].read_text()
    assert "3 L" in outputs["html"].read_text()


def test_the_page_has_a_row_for_each_lesion_network_and_a_column_for_each_protocol():
    cells = ["cls-none_sym-off", "cls-none_sym-zeros"]
    grid = epochs(results_of(cells=cells))
    assert [(column.label, column.protocol) for column in grid.columns[-2:]] == [
        ("Epochs by fold", "thesis"),
        ("Epochs by fold", "leakfree"),
    ]
    assert [[cell.text for cell in row] for row in grid.rows] == [
        ["HAM10000", "1", "no mask", "no CAMs", "42", "9 L, 9 L", "9 L, 9 L"],
        ["HAM10000", "–", "no mask", "sham control: zeros", "42", "9 L, 9 L", "9 L, 9 L"],
    ]
