"""Reading of the declarations of data sets."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from selcn.design.datasets import EXTERNAL, LESION, SEGMENTATION, SYMMETRY, Declaration

CLONE = Path(__file__).resolve().parents[3]
SOURCE: Mapping[str, object] = {
    "folder": None,
    "image_folders": [],
    "limit_per_class": None,
    "shards": 1,
    "gpu_shards": 1,
}
"""Keys of `data.<set>` that a declaration may have, with the values where neither has them."""

_SCHEMA = CLONE / "schemas/dataset.schema.yaml"


class DeclarationError(ValueError):
    """A declaration of a data set is not valid."""


def read_declarations(declared: Mapping[str, str | Mapping]) -> dict[str, Declaration]:
    """Return the declarations of the configuration's `datasets`.

    Those with readers come first, in the schema's order, then the others by name: overlays change the order of keys.

    Parameters
    ----------
    declared
        For each data set a file, relative to the clone, or the declaration itself.

    Raises
    ------
    DeclarationError
        A file cannot be read, or a key is unknown, missing or has a wrong value.
    """
    schema = yaml.safe_load(_SCHEMA.read_text())
    validator, readers = Draft202012Validator(schema), schema["properties"]["reader"]["enum"]
    read = [_declaration(dataset, source, validator) for dataset, source in declared.items()]
    order = {reader: number for number, reader in enumerate(readers)}
    read.sort(key=lambda each: (order.get(each.reader, len(readers)), each.dataset))
    return {declaration.dataset: declaration for declaration in read}


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


def require_classes(declarations: Mapping[str, Declaration], classes: Sequence[str]) -> None:
    """Refuse declared tables whose diagnoses are mapped onto other than the classes of the networks tested on them.

    Raises
    ------
    DeclarationError
        A diagnosis is mapped onto no class, or one outside the classes onto one of them.
    """
    for dataset, declared in declarations.items():
        outside = declared.table.get("outside", ())
        for diagnosis, label in declared.table.get("diagnoses", {}).items():
            where = f"datasets.{dataset}: {'outside' if diagnosis in outside else 'diagnoses'}.{diagnosis}: {label}"
            if diagnosis in outside and label in classes:
                raise DeclarationError(
                    f"{where} is a class of the lesion networks; expected another name, or the diagnosis under "
                    "diagnoses"
                )
            if diagnosis not in outside and label not in classes:
                raise DeclarationError(
                    f"{where} is no class of the lesion networks; expected one of {', '.join(classes)}, or the "
                    "diagnosis under outside or left_out"
                )


def with_sources(config: Mapping, declarations: Mapping[str, Declaration]) -> dict:
    """Return a configuration whose `data` has every declared data set, with the declaration's values as defaults.

    Raises
    ------
    DeclarationError
        `data` has a data set that is not declared, or a data set has no folder.
    """
    data = {
        dataset: {**SOURCE, **declared.source, **config["data"].get(dataset, {})}
        for dataset, declared in declarations.items()
    }
    if unknown := [dataset for dataset in config["data"] if dataset not in declarations]:
        raise DeclarationError(
            f"data.{unknown[0]}: no such data set; expected one of {', '.join(declarations)}: add its declaration to "
            "datasets, or correct the name"
        )
    if homeless := [dataset for dataset, source in data.items() if source["folder"] is None]:
        raise DeclarationError(
            f"datasets.{homeless[0]}: no folder; expected where its label table lies: add the key folder to the "
            f"declaration, or data.{homeless[0]}.folder to the configuration"
        )
    return {**config, "data": data}


def _declaration(dataset: str, source: str | Mapping, validator: Draft202012Validator) -> Declaration:
    where = f"datasets.{dataset}" if isinstance(source, Mapping) else source
    content = source if isinstance(source, Mapping) else _read(dataset, source)
    for error in validator.iter_errors(content):
        raise DeclarationError(_message(where, error))
    return Declaration(
        dataset=dataset,
        name=content["name"],
        roles=tuple(content["roles"]),
        reader=content.get("reader", ""),
        classes=tuple(sorted(content.get("classes", ()))),
        balanced=content.get("balanced", False),
        source={key: content[key] for key in SOURCE if key in content},
        table=_layout(content) if "table" in content else {},
    )


def _layout(content: Mapping) -> dict:
    """Return the layout of a declared table; YAML takes some diagnoses for numbers."""
    diagnoses = content["diagnoses"] | content.get("outside", {})
    return {
        "file": content["table"],
        "columns": dict(content["columns"]),
        "diagnoses": {str(diagnosis): label for diagnosis, label in diagnoses.items()},
        "outside": list(map(str, content.get("outside", {}))),
        "left_out": list(content.get("left_out", ())),
        "delimiter": content.get("delimiter"),
    }


def _read(dataset: str, path: str) -> Any:
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
