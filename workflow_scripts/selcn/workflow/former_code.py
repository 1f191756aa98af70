"""Write resources/former_code.json for a release: code digests of the version before, beside the present ones.

    PYTHONPATH=workflow_scripts python -m selcn.workflow.former_code ../clone-of-the-version-before 0.1.0

Run it only if every script that keeps finished work gives the same results as before, and remove the entries of those
that do not: `make take-over` reuses the finished work of all that are listed.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from selcn.workflow.code_digest import SCRIPTS, code_of, modules_of

CLONE = SCRIPTS.parent
_CODE = re.compile(r"\b(code|training)=code_of\(([^)]*)\)")
# The module of digests was called `code` before 0.2.0.
_DIGESTS = """
import json, sys
try:
    from selcn.workflow.code_digest import SCRIPTS, digest_of, modules_of
except ImportError:
    from selcn.workflow.code import SCRIPTS, digest_of, modules_of
named = json.load(sys.stdin)
print(json.dumps({n: digest_of({p for f in files for p in modules_of(SCRIPTS / f)}) for n, files in named.items()}))
"""


def code_of_rules(clone: Path) -> dict[str, list[str]]:
    """Return the files of every code digest that a clone's rules have: by script, and `training` of lesion networks."""
    found = {}
    for path in sorted(clone.glob("rules/*.smk")):
        for name, files in _CODE.findall(path.read_text()):
            listed = re.findall(r'"([^"]+)"', files)
            found["training" if name == "training" else listed[0]] = listed
    return found


def keeps_work(files: list[str]) -> bool:
    """Return whether a script of this clone, or a module that it imports, keeps finished work."""
    modules = {path for file in files for path in modules_of(SCRIPTS / file)}
    return any("ResumableWork.of_job" in path.read_text() for path in modules)


def digests_before(clone: Path) -> dict[str, str]:
    """Return the digests of another clone, as that version computes them."""
    command = [sys.executable, "-c", _DIGESTS]
    given = json.dumps(code_of_rules(clone))
    done = subprocess.run(
        command, cwd=clone / "workflow_scripts", input=given, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def former_code(before: Path) -> dict[str, dict[str, object]]:
    """Return, for each script that keeps finished work, its files and its digests before and now."""
    former, present = digests_before(before), code_of_rules(CLONE)
    return {
        name: {"files": files, "before": former[name], "now": code_of(*files)}
        for name, files in sorted(present.items())
        if name in former and keeps_work(files)
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m selcn.workflow.former_code", description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path, help="a clone of the version before")
    parser.add_argument("version", help="its version")
    arguments = parser.parse_args()
    written = {"version": arguments.version, "digests": former_code(arguments.before)}
    (CLONE / "resources/former_code.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
