"""What is said of keys that the configuration does not have."""

import difflib
from collections.abc import Mapping

from jsonschema import ValidationError


def unknown_keys(error: BaseException | None, given: Mapping[str, Mapping]) -> str | None:
    """Return which keys are unknown, where they are given, the most similar ones, and what to do.

    Parameters
    ----------
    error
        What the schema of the configuration does not accept.
    given
        Configurations by where they are given: `--config`, or a file.

    Returns
    -------
    str or None
        None if something else is wrong.
    """
    if not isinstance(error, ValidationError) or error.validator != "additionalProperties":
        return None
    place, known = [*map(str, error.absolute_path)], list(error.schema.get("properties", {}))
    if not known:
        return None
    unknown = [key for key in map(str, error.instance) if key not in known]
    return "\n".join(_message([*place, key], known, given) for key in unknown)


def _message(path: list[str], known: list[str], given: Mapping[str, Mapping]) -> str:
    origin = next((name for name, config in given.items() if _has(config, path)), "the configuration")
    similar = difflib.get_close_matches(path[-1], known)
    expected = f"did you mean {' or '.join(similar)}?" if similar else f"expected one of {', '.join(known)}."
    return f"{origin}: unknown key {'.'.join(path)}; {expected} Correct or remove it; config.yaml lists all keys"


def _has(config: object, path: list[str]) -> bool:
    """Return whether a configuration has a key, given by its path."""
    for key in path:
        if not isinstance(config, Mapping) or key not in config:
            return False
        config = config[key]
    return True
