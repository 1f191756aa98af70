"""A digest of several files. Standard library only: rules import it."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest_of(files: Iterable[tuple[str, Path]]) -> str:
    """Return the SHA-256 of the names and contents of files, in their order."""
    digest = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
