"""Training histories for TensorBoard, read back by TensorBoard's own reader."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jobs import run_script
from selcn.report.event_files import write_runs
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.checksums import record
from selcn.storage.verification import checks

COLUMNS = {
    "loss/training": "train_loss",
    "loss/validation": "validation_loss",
    "accuracy/training": "train_accuracy",
    "accuracy/validation": "validation_accuracy",
}


def history(epochs: int, **columns) -> pd.DataFrame:
    """Return a history as trainings write it, with some columns replaced."""
    generator = np.random.default_rng(epochs)
    values = {column: generator.random(epochs) for column in COLUMNS.values()}
    return pd.DataFrame({"epoch": range(1, epochs + 1), **values, **columns})


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return steps and values of every tag in a folder, by TensorBoard's reader."""
    events = EventAccumulator(str(folder)).Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def assert_equal(found: dict, expected: pd.DataFrame) -> None:
    assert found.keys() == COLUMNS.keys()
    for tag, column in COLUMNS.items():
        assert [step for step, _ in found[tag]] == expected["epoch"].to_list()
        # TensorBoard stores scalars as float32.
        np.testing.assert_array_equal([value for _, value in found[tag]], expected[column].astype("float32"))


def test_every_epoch_has_the_values_of_the_csv(tmp_path):
    """Also that of a network that diverged, whose last epoch has losses that are not finite."""
    diverged = history(2, train_loss=[0.5, np.nan], validation_loss=[0.7, np.inf])
    tables = {"symmetry/none/fold-0": history(12), "lesion/ham10000/cls-none_sym-off/seed-42/fold-3": diverged}
    paths = [tmp_path / f"{number}.csv" for number in range(len(tables))]
    for path, table in zip(paths, tables.values(), strict=True):
        table.to_csv(path, index=False)
    folder = tmp_path / "tensorboard/thesis"
    manifest = folder / "manifest.parquet"
    run_script("write_event_files", tmp_path, {"histories": paths}, {"manifest": manifest}, {"runs": list(tables)})
    for run, path in zip(tables, paths, strict=True):
        assert_equal(scalars(folder / run), pd.read_csv(path))
    runs = read_table(manifest)
    assert runs["path"].to_list() == [f"thesis/{run}/history.tfevents" for run in tables]
    assert runs["epochs"].to_list() == [12, 2]


def test_equal_histories_give_equal_files_and_former_networks_go(tmp_path):
    folder = tmp_path / "thesis"
    first = write_runs({"symmetry/none/fold-0": history(3), "symmetry/old/fold-0": history(3)}, folder)
    again = write_runs({"symmetry/none/fold-0": history(3)}, folder)
    assert again["sha256"].to_list() == first["sha256"].to_list()[:1]
    assert [path.parent.parent.name for path in folder.rglob("*.tfevents")] == ["none"]
    # A file that grew would have each epoch twice.
    assert len(scalars(folder / "symmetry/none/fold-0")["loss/training"]) == 3


@pytest.fixture
def results(tmp_path) -> Path:
    """Return results with the event file of a network and its manifest."""
    results = tmp_path / "results"
    runs = write_runs({"symmetry/none/fold-0": history(3)}, results / "tensorboard/thesis")
    manifest = results / "tensorboard/thesis/manifest.parquet"
    write_table(runs, manifest)
    record(manifest)
    return results


def test_verify_compares_event_files_with_their_manifest(results):
    event_file = results / "tensorboard/thesis/symmetry/none/fold-0/history.tfevents"
    found = list(checks(results, results.parent / "work"))
    assert [check.path.name for check in found] == ["manifest.parquet", event_file.name]
    assert [check.fault() for check in found] == [None, None]
    event_file.write_bytes(event_file.read_bytes()[:-1] + b"x")
    (fault,) = filter(None, (check.fault() for check in checks(results, results.parent / "work")))
    assert fault == f"{event_file}: its bytes have changed"
