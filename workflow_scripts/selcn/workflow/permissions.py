"""Permissions of results: the workflow's umask, which every job's script inherits. Standard library only."""

import os
from pathlib import Path

GROUP, OTHERS_WRITE = 0o070, 0o002
# Snakemake makes these before it reads the workflow.
EARLIER_FOLDERS = (Path(".snakemake"), Path(".snakemake/log"))


def umask_for(group_writable: bool, umask: int) -> int:
    """Return the umask for results, given the user's own: others never write.

    Parameters
    ----------
    group_writable
        Whether the group may read, write and enter whatever is made; if not, the user's umask says what it may.
    umask
        The user's umask, permission bits that are taken away.
    """
    return (umask & ~GROUP if group_writable else umask) | OTHERS_WRITE


def set_permissions(group_writable: bool) -> None:
    """Set the process's umask for results, and Snakemake's own folders as if it had held before."""
    # The only way to learn the umask is to set it.
    os.umask(umask_for(group_writable, os.umask(0)))
    for folder in EARLIER_FOLDERS:
        # Only who made a folder may change what others may do there.
        if folder.is_dir() and folder.stat().st_uid == os.geteuid():
            mode = folder.stat().st_mode & 0o777
            folder.chmod((mode | GROUP if group_writable else mode) & ~OTHERS_WRITE)
