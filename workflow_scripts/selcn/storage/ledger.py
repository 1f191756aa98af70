"""Ledgers: what an image-by-image job has done so far, one line per image, safe against interruption at any byte."""

import json
import zlib
from pathlib import Path

from selcn.storage.artifacts import room_for


class Ledger:
    """Rows appended to a file as they are made, each with a checksum.

    A truncated or damaged line is skipped; its image is reprocessed.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        # An interrupted write may have left a line without its end; the next row needs a new one.
        self._file = open(path, "a+b")  # noqa: SIM115 (open as long as the job runs)
        if self._file.tell():
            self._file.seek(-1, 2)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")

    def rows(self) -> list[dict]:
        """Return the rows of all intact lines, in the order in which they were added."""
        self._file.seek(0)
        return [row for row in map(_read, self._file.read().split(b"\n")) if row is not None]

    def add(self, row: dict) -> None:
        """Append one row."""
        content = json.dumps(row).encode()
        with room_for(self._path):
            self._file.write(b"%08x %s\n" % (zlib.crc32(content), content))
            self._file.flush()


def _read(line: bytes) -> dict | None:
    mark, _, content = line.partition(b" ")
    return json.loads(content) if content and mark == b"%08x" % zlib.crc32(content) else None
