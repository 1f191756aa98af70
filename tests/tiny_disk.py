"""A file system of a few pages, on which a full disk can be met for real."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def mounted(folder: Path, size_kb: int) -> Iterator[Path]:
    """Mount a file system in memory on a folder, which is made; only root may.

    Raises
    ------
    PermissionError
        This system lets no file system be mounted, as containers may not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        raise PermissionError(ran.stderr)
    try:
        yield folder
    finally:
        # Lazily, since a mapped file or a shell may still be there.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
