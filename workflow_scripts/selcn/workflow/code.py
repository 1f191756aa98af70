"""The modules that a script depends on, found from its imports, and a digest of what they do."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]


def modules_of(script: Path) -> list[Path]:
    """Return a script and every module of this library that it imports, transitively, sorted.

    Parameters
    ----------
    script
        A Python file in or under the scripts' folder.
    """
    seen: set[Path] = set()
    waiting = [script.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting.extend(imported_by(file))
    return sorted(seen)


@cache
def imported_by(file: Path) -> tuple[Path, ...]:
    """Return the modules of this library that a file names in its import statements."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(path for name in sorted(names) if name.split(".")[0] == "selcn" for path in files_of(name))


def files_of(name: str) -> list[Path]:
    """Return the files that importing a dotted name runs: the module and the packages around it."""
    parts = name.split(".")
    packages = [SCRIPTS.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    module = SCRIPTS.joinpath(*parts).with_suffix(".py")
    return [path for path in (*packages, module) if path.is_file()]


def digest_of(files: Iterable[Path | str]) -> str:
    """Return a digest of what Python files do: their syntax trees without docstrings, comments or layout."""
    digest = hashlib.sha256()
    for tree in sorted(ast.dump(without_docstrings(ast.parse(Path(file).read_text()))) for file in files):
        digest.update(tree.encode())
    return digest.hexdigest()


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Remove the docstring of the module and of every class and function in it."""
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return tree
