"""Snakemake, loaded once and forked for every run: loading it takes half of a short one.

Reads a run a line as JSON, the arguments of `become`, and answers each with its exit code.
"""

import json
import os
import sys
import tempfile

from snakemake.cli import main


def become(arguments: list[str], folder: str, environment: dict[str, str], umask: int, output: str) -> None:
    """Make this process what `python -m snakemake` in a folder would be, with its output in a file."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    file = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environment)
    # What the loading of Snakemake may have kept of the former environment.
    tempfile.tempdir = None
    sys.argv = ["snakemake", *arguments]
    sys.path[0] = folder


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(**json.loads(line))
            sys.exit(main())
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
