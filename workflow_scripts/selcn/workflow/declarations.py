"""Reading of the declarations of data sets."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from selcn.design.datasets import EXTERNAL, LESION, SEGMENTATION, SYMMETRY, Declaration

CLONE = Path(__file__).resolve().parents[3]
_SCHEMA = CLONE / "schemas/dataset.schema.yaml"


class DeclarationError(ValueError):
    """A declaration of a data set is not valid."""


def read_declarations(declared: Mapping[str, str | Mapping]) -> dict[str, Declaration]:
    """Return the declarations of the configuration's `datasets`, in their order.

    Parameters
    ----------
    declared
        For each data set a file, relative to the clone, or the declaration itself.

    Raises
    ------
    DeclarationError
        A file cannot be read, or a key is unknown, missing or has a wrong value.
    """
    validator = Draft202012Validator(yaml.safe_load(_SCHEMA.read_text()))
    return {dataset: _declaration(dataset, source, validator) for dataset, source in declared.items()}


def require_roles(declarations: Mapping[str, Declaration]) -> None:
    """Refuse data sets of which the study's networks cannot be trained and tested.

    Raises
    ------
    DeclarationError
        A role is given to no data set, or to several where one is expected, or lesion networks have no classes.
    """
    for role, several in ((SEGMENTATION, False), (SYMMETRY, False), (LESION, True), (EXTERNAL, True)):
        given = [dataset for dataset, declared in declarations.items() if role in declared.roles]
        if not given or (len(given) > 1 and not several):
            raise DeclarationError(
                f"datasets: the role {role} is given to {', '.join(given) or 'none'}; expected "
                f"{'at least one data set' if several else 'one data set'}: correct the roles of the declarations"
            )
    for dataset, declared in declarations.items():
        if LESION in declared.roles and not declared.classes:
            raise DeclarationError(
                f"datasets.{dataset}: no classes; expected those of the lesion networks that are trained on it: add "
                "the key classes"
            )


def _declaration(dataset: str, source: str | Mapping, validator: Draft202012Validator) -> Declaration:
    where = f"datasets.{dataset}" if isinstance(source, Mapping) else source
    content = source if isinstance(source, Mapping) else _read(dataset, source)
    for error in validator.iter_errors(content):
        raise DeclarationError(_message(where, error))
    return Declaration(
        dataset=dataset,
        name=content["name"],
        roles=tuple(content["roles"]),
        classes=tuple(sorted(content.get("classes", ()))),
        balanced=content.get("balanced", False),
        source={},
        table={},
    )


def _read(dataset: str, path: str) -> object:
    try:
        return yaml.safe_load((CLONE / path).read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DeclarationError(
            f"{path}: cannot be read ({error}); datasets.{dataset} names it: correct the path or the file"
        ) from error


def _message(where: str, error) -> str:
    """Return what is wrong with a declaration: its file, the key, what was found and what was expected."""
    key = ".".join(map(str, error.absolute_path))
    place = f"{where}: {key}" if key else where
    described = error.schema.get("description", "")
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = ", ".join(sorted(set(error.instance) - set(known)))
        return f"{place}: unknown key {unknown}; expected some of {', '.join(known)}"
    return f"{place}: {error.message}" + (f"; expected: {described}" if described else "")
