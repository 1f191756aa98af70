"""Paths from which Snakemake cannot run. Standard library only.

    python -m selcn.workflow.clone_path "$PWD"

make runs this before it installs anything; the Snakefile asks for those who install otherwise.
"""

import re
import sys

# Snakemake formats the paths of the clone's rules and scripts: braces would be wildcards.
BRACES = re.compile(r"[{}]")
# It puts the path of its Python into shell commands without quotes; a colon would divide `PATH`.
UNQUOTED = re.compile(r"""[\s"'\\$`&;|<>()*?\[\]{}:]""")


def refusal_of_paths(clone: str, python: str) -> str | None:
    """Return why Snakemake cannot run from where it is, or None where it can.

    Parameters
    ----------
    clone
        Folder of the workflow.
    python
        The interpreter, as `sys.executable` names it.
    """
    for path, unusable in ((clone, BRACES), (python, UNQUOTED)):
        if found := unusable.search(path):
            return (
                f"{path}: Snakemake cannot run from a path that contains {found[0]!r}; move the clone to a path of "
                "letters, digits, '.', '_', '-' and '/', and remove its .venv, if any, so that make installs it anew"
            )
    return None


if __name__ == "__main__":
    sys.exit(refusal_of_paths(sys.argv[1], sys.argv[1]))
