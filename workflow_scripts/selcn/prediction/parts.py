"""Parts of a folder's predictions, written as they come, so that a killed run goes on where it was."""

import hashlib
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from selcn.prediction.bundle import CHECKSUMS
from selcn.prediction.files import ImageFile
from selcn.storage.artifacts import DamagedArtifactError, read_arrow, sha256_of, write_table

log = logging.getLogger(__name__)

Done = Mapping[str, tuple[str, str]]
"""SHA-256 and name of predicted images, by path."""


def fingerprint_of(bundle: Path, code: str) -> str:
    """Return a digest of what predictions depend on beside their image: the bundle's files and the code."""
    return hashlib.sha256(f"{sha256_of(bundle / CHECKSUMS)} {code}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Parts:
    """The rows of images that are predicted, in files of some hundred rows.

    Attributes
    ----------
    folder
        The folder of the files.
    schema
        The rows' columns.
    """

    folder: Path
    schema: pa.Schema

    @classmethod
    def open(cls, work: Path, fingerprint: str, schema: pa.Schema) -> "Parts":
        """Return the parts of a fingerprint; those of others are removed, whose pictures are overwritten."""
        work.mkdir(parents=True, exist_ok=True)
        for former in work.iterdir():
            if former.is_dir() and former.name != fingerprint:
                shutil.rmtree(former)
        folder = work / fingerprint
        folder.mkdir(exist_ok=True)
        return cls(folder, schema)

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows as one more part."""
        if rows:
            images = "\0".join(f"{row['image']}\0{row['sha256']}" for row in rows)
            table = pa.Table.from_pylist(list(rows), self.schema)
            write_table(table, self.folder / f"{hashlib.sha256(images.encode()).hexdigest()[:16]}.parquet")

    def read(self) -> pa.Table:
        """Return the rows of all parts; a damaged part is removed, so that its images are predicted again."""
        tables = [self.schema.empty_table()]
        for path in sorted(path for path in self.folder.glob("*.parquet") if not path.name.startswith(".")):
            try:
                tables.append(read_arrow(path))
            except DamagedArtifactError as error:
                log.warning("%s; its images are predicted again", error)
                path.unlink()
        return pa.concat_tables(tables)

    def done(self) -> Done:
        """Return which images are predicted."""
        columns = self.read().select(["image", "sha256", "name"]).to_pydict()
        return {image: (sha256, name) for image, sha256, name in zip(*columns.values(), strict=True)}

    def rows_of(self, files: Sequence[ImageFile], checksums: Mapping[str, str]) -> pa.Table:
        """Return the rows of files, in their order.

        Parameters
        ----------
        checksums
            SHA-256 of each file's content by its name; files without one are left out.
        """
        table = self.read()
        keys = zip(*(table[key].to_pylist() for key in ("image", "name", "sha256")), strict=True)
        places = {key: place for place, key in enumerate(keys)}
        wanted = [(file.shown, file.name, checksums[file.name]) for file in files if file.name in checksums]
        return table.take(pa.array([places[key] for key in wanted], pa.int64()))
