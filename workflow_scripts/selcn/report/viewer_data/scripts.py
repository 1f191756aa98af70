"""Script files of the report: data that a page opened from disk can load, where `fetch` may not read a file."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from selcn.storage.artifacts import replacing


def script_of(name: str, value: object) -> str:
    """Return a script of one line that gives the viewer a value under a name.

    Raises
    ------
    ValueError
        The value holds NaN or an infinity, which JSON has not.
    """
    return f"selcn.add({json.dumps(name)}, {json.dumps(value, separators=(',', ':'), allow_nan=False)});\n"


def write_script(value: object, path: str | Path, report: str | Path) -> str:
    """Write a script, named by its path below the report's folder without `.js`; return its SHA-256 in hexadecimal."""
    path = Path(path)
    name = path.relative_to(report).as_posix().removesuffix(".js")
    content = script_of(name, value).encode()
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def remove_scripts(folder: Path, kept: Iterable[str]) -> int:
    """Remove a folder's scripts, also half-written ones, but those of some names without `.js`; return how many."""
    names = {f"{name}.js" for name in kept}
    former = [path for path in folder.glob("*.js") if path.name not in names]
    for path in former:
        path.unlink()
    return len(former)
