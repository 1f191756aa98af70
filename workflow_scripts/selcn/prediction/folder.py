"""Predictions of a folder of images, in parts that a killed run does not lose, with flat memory."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import pyarrow as pa
from tqdm import tqdm

from selcn.jobs.parallel import in_order
from selcn.prediction.cascade import Cascade
from selcn.prediction.files import ImageFile, Rejection
from selcn.prediction.parts import Done, Parts, fingerprint_of
from selcn.prediction.pictures import all_there, pictures_of, places_of, thumbnail_of, write_picture
from selcn.prediction.preparing import Prepared, UnusableImageError
from selcn.prediction.reading import Limits, RejectedFileError, read_content, read_image
from selcn.prediction.result import ImagePrediction
from selcn.prediction.rows import REJECTED_SCHEMA, rejected_row, row_of, schema_of
from selcn.prediction.sheet import draw_sheet, fitted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FolderSettings:
    """How a folder is predicted; nothing of it changes a result but by rounding.

    Attributes
    ----------
    batch_size
        Images a batch.
    threads
        Threads that read and prepare images, and as many that write pictures.
    part
        Images after which results are saved.
    limits
        Sizes of usable images.
    """

    batch_size: int = 32
    threads: int = 2
    part: int = 256
    limits: Limits = field(default_factory=Limits)


class Places(NamedTuple):
    """The folders that a prediction writes to: of pictures, and of finished rows."""

    out: Path
    work: Path


class Ready(NamedTuple):
    """An image that is ready for the networks: of it as it was read only its size and the sheet's panel are kept."""

    file: ImageFile
    prepared: Prepared
    size: tuple[int, int]
    notes: tuple[str, ...]


class Finished(NamedTuple):
    """An image that is predicted already: its checksum."""

    sha256: str


Outcome = Ready | Finished | Rejection


@dataclass
class FolderPrediction:
    """The prediction of files of one folder by one cascade.

    Attributes
    ----------
    cascade
        The networks.
    folder
        The folder that the files' paths start at.
    out
        The folder of pictures.
    parts
        Where finished rows are.
    checksums
        SHA-256 of each readable image by its name.
    rejected
        Rows of the files that were rejected.
    """

    cascade: Cascade
    folder: Path
    out: Path
    parts: Parts
    settings: FolderSettings = FolderSettings()
    checksums: dict[str, str] = field(default_factory=dict)
    rejected: list[dict[str, str]] = field(default_factory=list)

    def predict(self, files: Sequence[ImageFile]) -> tuple[pa.Table, pa.Table]:
        """Predict files, but those whose results are there, and write their pictures.

        Returns
        -------
        predictions, rejected : pyarrow.Table
            A row a file, in the order of the files: columns of `selcn.prediction.rows`.
        """
        # One image per thread: OpenCV's own threads would compete with these.
        cv2.setNumThreads(1)
        rows: list[dict[str, Any]] = []
        try:
            for row in in_order(self._written, self._predicted(files), self.settings.threads):
                rows.append(row)
                if len(rows) == self.settings.part:
                    self.parts.write(rows)
                    rows.clear()
        finally:
            self.parts.write(rows)
        return (
            self.parts.rows_of(files, self.checksums),
            pa.Table.from_pylist(self.rejected, REJECTED_SCHEMA),
        )

    def _predicted(self, files: Sequence[ImageFile]) -> Iterator[tuple[Ready, ImagePrediction]]:
        """Yield the images that need a prediction, with it."""
        for batch in self._batches(files):
            predictions = self.cascade.predict_prepared([ready.prepared for ready in batch])
            yield from zip(batch, predictions, strict=True)

    def _batches(self, files: Sequence[ImageFile]) -> Iterator[list[Ready]]:
        """Yield batches of images that are ready; note those that are finished or rejected."""
        batch: list[Ready] = []
        finished = 0
        read = partial(outcome_of, run=self, done=self.parts.done())
        outcomes = in_order(read, files, self.settings.threads)
        with tqdm(total=len(files), unit="image", disable=None) as bar:
            for number, (file, outcome) in enumerate(zip(files, outcomes, strict=True), 1):
                if isinstance(outcome, Rejection):
                    self.rejected.append(rejected_row(file, outcome))
                elif isinstance(outcome, Finished):
                    self.checksums[file.name] = outcome.sha256
                    finished += 1
                else:
                    self.checksums[file.name] = outcome.prepared.sha256
                    batch.append(outcome)
                if len(batch) == self.settings.batch_size:
                    yield batch
                    batch = []
                bar.update()
                if bar.disable and number % self.settings.part == 0:
                    log.info("%d of %d files, %d rejected", number, len(files), len(self.rejected))
        if batch:
            yield batch
        if finished:
            log.info("%d of %d files were predicted before", finished, len(files))

    def _written(self, predicted: tuple[Ready, ImagePrediction]) -> dict[str, Any]:
        """Write the pictures of a prediction, and return its row."""
        ready, prediction = predicted
        told = self.cascade.bundle.metadata
        row = row_of(ready.file, ready.size, ready.notes, prediction, told)
        pictures = pictures_of(prediction)
        pictures["thumbnail"] = thumbnail_of(prediction)
        pictures["sheet"] = draw_sheet(row, told, ready.prepared.image, prediction.packed, pictures)
        for kind, place in places_of(ready.file.name, self.out).items():
            write_picture(pictures[kind], place)
        return row


def predict_folder(
    cascade: Cascade, folder: Path, files: Sequence[ImageFile], places: Places, settings: FolderSettings, code: str
) -> tuple[pa.Table, pa.Table]:
    """Predict files of a folder; with the same bundle, code and images only those that are not predicted yet.

    Parameters
    ----------
    folder, files
        The folder, and those of its files that are predicted, as `selcn.prediction.files.list_images` lists them.
    code
        A digest of the code that results depend on.

    Returns
    -------
    predictions, rejected : pyarrow.Table
        A row a file, in the order of the files: columns of `selcn.prediction.rows`.
    """
    bundle = cascade.bundle
    parts = Parts.open(places.work, fingerprint_of(bundle.folder, code), schema_of(bundle.metadata["classes"]))
    return FolderPrediction(cascade, folder, places.out, parts, settings).predict(files)


def outcome_of(file: ImageFile, run: FolderPrediction, done: Done) -> Outcome:
    """Return an image ready for the networks, that it is predicted already, or why it cannot be."""
    if file.rejection:
        return file.rejection
    path, limits = run.folder / file.path, run.settings.limits
    try:
        content = read_content(path, limits)
        sha256 = hashlib.sha256(content).hexdigest()
        if done.get(file.shown) == (sha256, file.name) and all_there(file.name, run.out):
            return Finished(sha256)
        image = read_image(content, path.suffix, limits)
        prepared = run.cascade.prepare(image.source, sha256)
    except RejectedFileError as error:
        return error.rejection
    except UnusableImageError as error:
        return Rejection(str(error), "get the original file again")
    height, width = prepared.image.shape[:2]
    # Batches of large photographs would take gigabytes.
    kept = replace(prepared, image=fitted(prepared.image))
    return Ready(file, kept, (width, height), image.notes)
