"""Checksums that Snakemake computes once."""

import os
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

Checksum = Callable[..., Awaitable[str | None]]
"""`snakemake.io._IOFile.checksum`: a file, and whatever else."""


def computed_once(checksum: Checksum) -> Checksum:
    """Return Snakemake's function of a file's checksum such that a file is read again only after it was written again.

    Snakemake 9 reads all inputs of a finished job once for each of its outputs, while nothing else is scheduled: a
    lesion network's have a gigabyte, and its folds two dozen outputs (snakemake/snakemake, issue 4240).
    """
    known: dict[tuple[Any, ...], str | None] = {}

    @wraps(checksum)
    async def of_file(file: Any, *args: Any, **options: Any) -> str | None:
        try:
            status = os.stat(file)
        except OSError:  # in a storage, or not there
            return await checksum(file, *args, **options)
        path = os.path.abspath(file)
        state = (path, status.st_ino, status.st_size, status.st_mtime_ns, args, tuple(options.items()))
        if state not in known:
            known[state] = await checksum(file, *args, **options)
        return known[state]

    return of_file
