"""Who may read and write results: the umask of the workflow, which every job's script inherits."""

import os

GROUP, OTHERS_WRITE = 0o070, 0o002


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


def set_umask(group_writable: bool) -> None:
    """Set the process's umask for results; setting it twice changes nothing."""
    # The only way to learn the umask is to set it.
    os.umask(umask_for(group_writable, os.umask(0)))
