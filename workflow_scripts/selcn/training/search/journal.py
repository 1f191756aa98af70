"""Optuna's journal, the file shared by a search's workers, with a checksum on every line."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

from selcn.storage.artifacts import DamagedArtifactError
from selcn.storage.checksums import set_aside

CHECKSUM = "crc32"


class CheckedJournal(JournalFileBackend):
    """Optuna's journal file, safe on a network file system; every line has a checksum, which Optuna ignores.

    Raises
    ------
    DamagedArtifactError
        A line does not match its checksum; the file is set aside, and the search restarts.
    """

    def __init__(self, path: Path) -> None:
        # Absolute: Optuna's lock is a link to the journal, which it follows to find the age of the lock.
        path = path.resolve()
        if path.exists():
            check(path)
        super().__init__(str(path))

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append entries to the journal."""
        super().append_logs([log | {CHECKSUM: checksum_of(log)} for log in logs])


def checksum_of(log: dict[str, Any]) -> int:
    """Return the CRC-32 of an entry."""
    return zlib.crc32(json.dumps(log, sort_keys=True).encode())


def check(journal: Path) -> None:
    """Verify the checksum of every line.

    A last line without its end, left by a full disk or an interruption, is removed: the next entry would be joined to
    it.
    """
    lock = JournalFileSymlinkLock(str(journal))
    lock.acquire()
    try:
        content = journal.read_bytes()
        whole = content.rfind(b"\n") + 1
        lines = content[:whole].split(b"\n")[:-1]
        faulty = next((number for number, line in enumerate(lines, 1) if not _good(line)), None)
        if faulty is None and whole < len(content):
            os.truncate(journal, whole)
    finally:
        lock.release()
    if faulty is not None:
        aside = set_aside(journal)
        raise DamagedArtifactError(
            f"{journal}: line {faulty} does not match its checksum. The file was renamed to {aside.name}; run the same "
            "command again to restart the search"
        )


def _good(line: bytes) -> bool:
    try:
        log = json.loads(line)
        return log.pop(CHECKSUM) == checksum_of(log)
    except (ValueError, KeyError, AttributeError, TypeError):
        return False
