"""Paths with wildcards, filled in. Standard library only."""

import itertools
import re
from collections.abc import Iterable, Mapping

Files = dict[str, str | list[str]]
"""Files by the names that a job has for them."""

REPORT = "results/report"
"""The folder of the report, which can be moved and passed on."""

_WILDCARD = re.compile(r"\{(\w+)\}")


def expand(patterns: str | Iterable[str], **values: object) -> list[str]:
    """Return paths for every combination of values, in the order of Snakemake's `expand`; other wildcards stay.

    Parameters
    ----------
    values
        For each wildcard one value, or several to combine.
    """
    paths = []
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        named = [name for name in values if name in _WILDCARD.findall(pattern)]
        choices = [listed(values[name]) for name in named]
        paths += [fill(pattern, dict(zip(named, chosen, strict=True))) for chosen in itertools.product(*choices)]
    return paths


def fill(pattern: str, values: Mapping[str, object]) -> str:
    """Return a pattern with the wildcards filled in that have a value."""
    return _WILDCARD.sub(lambda match: str(values.get(match[1], match[0])), pattern)


def listed(value: object) -> list:
    """Return one or several values as a list."""
    return [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)


def values_of(wildcards) -> dict[str, str]:
    """Return a job's wildcards by name."""
    return dict(wildcards.items())


def filled(paths: list[str], wildcards) -> list[str]:
    """Return paths with a job's wildcards filled in."""
    return [fill(path, values_of(wildcards)) for path in paths]


def with_wildcards(files: Files, wildcards) -> Files:
    """Return named files with a job's wildcards filled in."""
    values = values_of(wildcards)
    return {
        name: fill(paths, values) if isinstance(paths, str) else [fill(path, values) for path in paths]
        for name, paths in files.items()
    }


def numbers(values: range) -> list[str]:
    """Return numbers as wildcards have them."""
    return list(map(str, values))
