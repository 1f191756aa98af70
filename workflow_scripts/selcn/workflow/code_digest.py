"""The modules that a script depends on, found from its imports, and a digest of their code."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]
# How a job is logged, stopped, resumed and given a GPU changes no result.
LEFT_OUT = SCRIPTS / "selcn/jobs"
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """What is known of a Python file: the modules of this library that it imports, and a digest of what it does."""

    imports: tuple[Path, ...]
    digest: str


def modules_of(script: Path) -> list[Path]:
    """Return a script and every module of this library that decides its results, by its imports, sorted.

    Those of `selcn.jobs` do not, and what they import counts only where others import it, too.

    Parameters
    ----------
    script
        A Python file in or under the scripts' folder.
    """
    seen: set[Path] = set()
    waiting = [script.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in seen and LEFT_OUT not in file.parents:
            seen.add(file)
            waiting.extend(read_module(file).imports)
    return sorted(seen)


def digest_of(files: Iterable[Path]) -> str:
    """Return a digest of what Python files do: their syntax trees without docstrings, comments or layout.

    Every version of Python from 3.11 on finds the same.
    """
    return hashlib.sha256("".join(sorted(read_module(file).digest for file in files)).encode()).hexdigest()


def code_of(*files: str) -> str:
    """Return the digest of scripts or modules, named below the scripts' folder, and of all that they import."""
    return digest_of({path for file in files for path in modules_of(SCRIPTS / file)})


@cache
def read_module(file: Path) -> Module:
    """Read a Python file, once in a process."""
    tree = ast.parse(file.read_text())
    return Module(imported_by(tree), hashlib.sha256(described(tree).encode()).hexdigest())


def imported_by(tree: ast.Module) -> tuple[Path, ...]:
    """Return the modules of this library that a file names in its import statements."""
    names: set[str] = set()
    for node in statements_of(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(path for name in sorted(names) if name.split(".")[0] == "selcn" for path in files_of(name))


def statements_of(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield every statement of a file, and what nests statements; no expressions, of which there are far more."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            nested = getattr(node, field, None)
            # In a lambda and in `x if y else z`, these are expressions.
            waiting.extend(nested if isinstance(nested, list) else [])


@cache
def files_of(name: str) -> tuple[Path, ...]:
    """Return the files that importing a dotted name runs: the module and the packages around it."""
    parts = name.split(".")
    packages = [SCRIPTS.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    module = SCRIPTS.joinpath(*parts).with_suffix(".py")
    return tuple(path for path in (*packages, module) if path.is_file())


def described(node: object) -> str:
    """Return a syntax tree as text, without docstrings and without empty fields, of which newer Pythons have more."""
    if isinstance(node, list):
        return f"[{','.join([described(item) for item in node])}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = []
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            fields.append(f"body={described(node.body[1:])}")
        elif value is not None and value != []:
            fields.append(f"{name}={described(value)}")
    return f"{type(node).__name__}({' '.join(fields)})"
