"""The files that rules can make, so that an impossible target is refused when the workflow is parsed."""

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Snakemake writes a wildcard's constraint after its name, which may hold braces of its own.
WILDCARD = re.compile(r"\{(\w+)(?:,((?:[^{}]|\{[^{}]*\})*))?\}")
# Patterns with more concrete paths than this suggest none: nobody mistypes a million names.
MOST_SUGGESTED = 20_000


@dataclass(frozen=True)
class Patterns:
    """The output patterns of a workflow.

    Attributes
    ----------
    patterns
        Paths with `{wildcard}` in them.
    values
        What each wildcard may be: a list, or a regular expression where there are too many to list. A rule's own
        constraint, which its pattern holds, narrows them.
    """

    patterns: tuple[str, ...]
    values: Mapping[str, Sequence[str] | str]

    @classmethod
    def of_rules(cls, rules: Iterable, values: Mapping[str, Sequence[str] | str]) -> "Patterns":
        """Gather the output patterns of Snakemake's rules."""
        return cls(tuple(sorted({str(output) for rule in rules for output in rule.output})), values)

    def matches(self, target: str) -> bool:
        """Return whether some rule makes the target."""
        return any(self._regex(pattern).fullmatch(target) for pattern in self.patterns)

    def nearest(self, target: str, count: int = 3) -> list[str]:
        """Return the makeable paths most like the target; free wildcards are filled from the target itself."""
        return difflib.get_close_matches(target, self._paths(target), n=count, cutoff=0.5)

    def refusal(self, target: str) -> str | None:
        """Return why a target cannot be made, with the nearest ones that can; None where it can."""
        target = target.rstrip("/")
        if self.matches(target):
            return None
        nearest = "".join(f"\n    {path}" for path in self.nearest(target))
        return f"{target}: no rule makes this file." + (f" The nearest that can be made:{nearest}" if nearest else "")

    def _regex(self, pattern: str) -> re.Pattern:
        """Return the expression of the paths that a pattern stands for; a wildcard named twice is one value."""
        out, last, seen = "", 0, set()
        for match in WILDCARD.finditer(pattern):
            name, constraint = match.groups()
            out += re.escape(pattern[last : match.start()])
            out += f"(?P={name})" if name in seen else f"(?P<{name}>{constraint or self._choice(name)})"
            seen.add(name)
            last = match.end()
        return re.compile(out + re.escape(pattern[last:]))

    def _choice(self, name: str) -> str:
        values = self.values[name]
        return values if isinstance(values, str) else "|".join(map(re.escape, values))

    def _values(self, name: str, constraint: str, stem: str) -> Sequence[str]:
        values = self.values[name]
        if isinstance(values, str):
            return [stem]
        return [value for value in values if re.fullmatch(constraint, value)] if constraint else values

    def _paths(self, target: str) -> list[str]:
        """Return the concrete paths of all patterns."""
        stem = target.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        paths: list[str] = []
        for pattern in self.patterns:
            # A wildcard named again has no constraint there.
            constraints = dict(reversed(WILDCARD.findall(pattern)))
            choices = [self._values(name, constraint, stem) for name, constraint in constraints.items()]
            for chosen in itertools.islice(itertools.product(*choices), MOST_SUGGESTED):
                given = dict(zip(constraints, chosen, strict=True))
                paths.append(_filled(pattern, given))
        return paths


def _filled(pattern: str, given: Mapping[str, str]) -> str:
    return WILDCARD.sub(lambda match: given[match[1]], pattern)
