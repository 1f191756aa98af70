"""Training histories as TensorBoard's event files."""

from pathlib import Path

import pandas as pd
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from selcn.storage.artifacts import replacing, sha256_of

EVENTS = "history.tfevents"
"""Name of an event file: TensorBoard reads the files whose names have `tfevents` in them."""

VERSION = "brain.Event:2"
TAGS = {
    "loss/training": "train_loss",
    "loss/validation": "validation_loss",
    "accuracy/training": "train_accuracy",
    "accuracy/validation": "validation_accuracy",
}
"""What TensorBoard shows, and its column of a history."""


def events_of(history: pd.DataFrame) -> list[Event]:
    """Return a history as TensorBoard's events, one an epoch.

    A history has no times, so an event's is its epoch in seconds: files of equal histories are equal. Values are
    float32; a loss that is not a number stays one.
    """
    epochs = [
        Event(
            wall_time=row["epoch"],
            step=int(row["epoch"]),
            summary=Summary(value=[Summary.Value(tag=tag, simple_value=row[column]) for tag, column in TAGS.items()]),
        )
        for row in history.to_dict("records")
    ]
    return [Event(wall_time=0, file_version=VERSION), *epochs]


def write_events(history: pd.DataFrame, path: Path) -> None:
    """Write a history as an event file, atomically."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        writer = RecordWriter(file)
        for event in events_of(history):
            writer.write(event.SerializeToString())


def write_runs(histories: dict[str, pd.DataFrame], folder: Path) -> pd.DataFrame:
    """Write an event file for each network of a protocol, and remove those of networks that the study has no more.

    Parameters
    ----------
    histories
        By the network's folder, relative to `folder`.

    Returns
    -------
    pandas.DataFrame
        path (relative to the folder above), epochs, sha256; in the order of `histories`.
    """
    paths = {run: folder / run / EVENTS for run in histories}
    for former in set(folder.rglob(EVENTS)) - set(paths.values()):
        former.unlink()
    for run, path in paths.items():
        write_events(histories[run], path)
    return pd.DataFrame(
        {
            "path": [str(path.relative_to(folder.parent)) for path in paths.values()],
            "epochs": [len(history) for history in histories.values()],
            "sha256": [sha256_of(path) for path in paths.values()],
        }
    )
