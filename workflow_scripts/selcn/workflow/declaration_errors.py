"""What is said of a wrong declaration of a data set."""

from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import ValidationError

_LONGEST = 60
_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "null",
}
_EXPECTED: Mapping[str, Callable[[Any], str]] = {
    "type": lambda kinds: " or ".join(_KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)),
    "enum": lambda values: f"one of {', '.join(map(str, values))}",
    "format": lambda _: "a regular expression",
    "pattern": lambda pattern: f"a text of the form {pattern}",
    "minimum": lambda least: f"at least {least}",
    "minLength": lambda least: f"at least {least} character",
    "maxLength": lambda most: f"at most {most} character",
    "minItems": lambda least: f"at least {least} of them",
    "maxItems": lambda most: f"at most {most} of them",
    "minProperties": lambda least: f"at least {least} of them",
    "maxProperties": lambda most: f"at most {most} of them",
    "uniqueItems": lambda _: "each once",
}


class DeclarationError(ValueError):
    """A declaration of a data set is not valid."""


def message_of(where: str, error: ValidationError) -> str:
    """Return what is wrong with a declaration: its file, the key, what was found, what was expected, what to do.

    Parameters
    ----------
    where
        The file of the declaration, or its key in the configuration.
    error
        What the schema of declarations does not accept.
    """
    key = ".".join(map(str, error.absolute_path))
    place, described = (f"{where}: {key}" if key else where), error.schema.get("description", "").removesuffix(".")
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"{place}: no key {missing}; expected: {described or ', '.join(error.validator_value)}; add it"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = ", ".join(sorted(map(str, set(error.instance) - set(known))))
        return f"{place}: unknown key {unknown}; expected some of {', '.join(known)}: correct or remove it"
    if "propertyNames" in error.schema_path:
        return f"{place}: found the key {error.instance}; expected {described}: remove it, or reader"
    expected = _EXPECTED[error.validator](error.validator_value)
    return f"{place}: found {_shown(error.instance)}; expected {expected} ({described or 'roles'}): correct it"


def _shown(found: object) -> str:
    text = repr(found)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
