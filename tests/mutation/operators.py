"""Mutants of a module: every single change of its code that the operators below make."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),  # codespell:ignore
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
ARITHMETIC = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
SIGNS = {ast.Not: "not ", ast.Invert: "~", ast.USub: "-"}
PARTNERS = (("min", "max"), ("amin", "amax"), ("argmin", "argmax"), ("minimum", "maximum"), ("any", "all"))
PARTNERS += (("sum", "mean"), ("zeros", "ones"), ("floor", "ceil"), ("isna", "notna"), ("insert", "append"))
NAMES = {a: b for pair in PARTNERS for a, b in (pair, pair[::-1])}
# Calls that write texts or show progress.
UNSEEN = {"log", "tqdm"}


@dataclass(frozen=True)
class Mutant:
    """One change: at a line and column (from 1; the column in bytes), `before` becomes `after`."""

    line: int
    column: int
    operator: str
    before: str
    after: str

    def applied(self, source: str) -> str:
        """Return the changed source; ValueError if `before` is not at its place."""
        lines, text = source.encode().splitlines(keepends=True), source.encode()
        start = sum(map(len, lines[: self.line - 1])) + self.column - 1
        if not text.startswith(self.before.encode(), start):
            raise ValueError(f"line {self.line}, column {self.column}: {self.before!r} is not there")
        return (text[:start] + self.after.encode() + text[start + len(self.before.encode()) :]).decode()


def mutants_of(source: str) -> list[Mutant]:
    """Return the mutants of a module that compile, in the order of their places."""
    found = {mutant for mutant in _Finder(source).run() if _compiles(mutant.applied(source))}
    return sorted(found, key=lambda m: (m.line, m.column, m.operator, m.after))


def _compiles(source: str) -> bool:
    try:
        compile(source, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True


class _Finder:
    def __init__(self, source: str) -> None:
        self.tree, self.text = ast.parse(source), source.encode()
        lines = self.text.splitlines(keepends=True)
        self.starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def run(self) -> Iterator[Mutant]:
        yield from self.within(self.tree, set())

    def within(self, node: ast.AST, bound: set[str]) -> Iterator[Mutant]:
        """Yield the mutants of a node; `bound`: names that have a value, so that an assignment may be left out."""
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            arguments = node.args
            bound = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        yield from self.changes(node, bound)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not self.skipped(child):
                    yield from self.within(child, bound)
                    if isinstance(child, ast.Assign):
                        bound |= {n.id for t in child.targets for n in ast.walk(t) if isinstance(n, ast.Name)}

    def skipped(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom):
            return True
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            return True
        if isinstance(node, ast.Expr):
            return isinstance(node.value, ast.Constant) or self.skipped(node.value)
        return isinstance(node, ast.Call) and self.called(node) in UNSEEN

    @staticmethod
    def called(node: ast.Call) -> str:
        return ast.unparse(node.func).split(".")[0]

    def changes(self, node: ast.AST, bound: set[str]) -> Iterator[Mutant]:
        """Yield the mutants of a node itself."""
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
                    old, *new = COMPARISONS[type(operator)]
                    yield from self.between(left, right, "comparison", old, new)
            case ast.BinOp() if type(node.op) in ARITHMETIC and not self.is_text(node):
                yield from self.between(node.left, node.right, "arithmetic", *ARITHMETIC[type(node.op)])
            case ast.AugAssign() if type(node.op) in ARITHMETIC:
                yield from self.between(node.target, node.value, "arithmetic", *ARITHMETIC[type(node.op)])
                yield self.replaced(node, "statement left out", "pass")
            case ast.BoolOp():
                old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
                for left, right in zip(node.values, node.values[1:], strict=False):
                    yield from self.between(left, right, "and, or", old, [new])
            case ast.UnaryOp() if type(node.op) in SIGNS:
                sign = SIGNS[type(node.op)]
                yield self.at(self.begin(node), self.begin(node) + len(sign), "sign left out", "")
            case ast.Constant(value=bool()):
                yield self.replaced(node, "constant", str(not node.value))
            case ast.Constant(value=int()):
                for value in (node.value + 1, node.value - 1):
                    yield self.replaced(node, "constant", str(value))
            case ast.Constant(value=float()):
                for value in (node.value + 1, node.value * 2):
                    yield self.replaced(node, "constant", repr(value))
            case ast.Call():
                yield from self.calls(node)
            case ast.Slice():
                for bound_of in (node.lower, node.upper):
                    if bound_of is not None:
                        yield self.replaced(bound_of, "slice bound left out", "")
            case ast.If():
                guard = isinstance(node.body[0], ast.Raise) and not node.orelse
                yield self.replaced(
                    node.test,
                    "check left out" if guard else "condition negated",
                    "False" if guard else f"not ({self.source(node.test)})",
                )
            case ast.IfExp():
                yield self.replaced(node.test, "condition negated", f"not ({self.source(node.test)})")
            case ast.comprehension():
                for condition in node.ifs:
                    yield self.replaced(condition, "filter left out", "True")
            case ast.Expr(value=ast.Call()):
                yield self.replaced(node, "statement left out", "pass")
            case ast.Assign():
                names = [n for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
                if {name.id for name in names if isinstance(name.ctx, ast.Store)} <= bound:
                    yield self.replaced(node, "statement left out", "pass")

    def calls(self, node: ast.Call) -> Iterator[Mutant]:
        """Yield a call's mutants: without a keyword argument, with two arguments exchanged, of a partner's name."""
        arguments = sorted([*node.args, *node.keywords], key=self.begin)
        for number, argument in enumerate(arguments):
            if isinstance(argument, ast.keyword) and argument.arg is not None:
                start, end = self.begin(argument), self.end(argument)
                if number + 1 < len(arguments):
                    end = self.begin(arguments[number + 1])
                elif number:
                    start = self.end(arguments[number - 1])
                yield self.at(start, end, "keyword argument left out", "")
        if len(node.args) > 1 and not any(isinstance(a, ast.Starred) for a in node.args[:2]):
            first, second = node.args[:2]
            middle = self.text[self.end(first) : self.begin(second)].decode()
            after = self.source(second) + middle + self.source(first)
            yield self.at(self.begin(first), self.end(second), "arguments exchanged", after)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in NAMES:
            end = self.end(node.func)
            yield self.at(end - len(name), end, "function", NAMES[name])

    @staticmethod
    def is_text(node: ast.BinOp) -> bool:
        sides = (node.left, node.right)
        return any(isinstance(s, ast.JoinedStr) or isinstance(getattr(s, "value", None), str) for s in sides)

    def between(self, left, right, operator: str, old: str, new) -> Iterator[Mutant]:
        gap = self.text[self.end(left) : self.begin(right)].decode()
        place = re.search(re.escape(old).replace(r"\ ", r"\s+"), gap)
        assert place is not None, (gap, old)
        start = self.end(left) + len(gap[: place.start()].encode())
        for after in [new] if isinstance(new, str) else new:
            yield self.at(start, start + len(place.group()), operator, after)

    def replaced(self, node: ast.AST, operator: str, after: str) -> Mutant:
        return self.at(self.begin(node), self.end(node), operator, after)

    def at(self, start: int, end: int, operator: str, after: str) -> Mutant:
        line = max(n for n, begin in enumerate(self.starts) if begin <= start)
        return Mutant(line + 1, start - self.starts[line] + 1, operator, self.text[start:end].decode(), after)

    def begin(self, node) -> int:
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node) -> int:
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def source(self, node) -> str:
        return self.text[self.begin(node) : self.end(node)].decode()
