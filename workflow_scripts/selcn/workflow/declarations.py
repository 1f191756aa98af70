"""Reading of the declarations of data sets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from selcn.design.datasets import Declaration
from selcn.workflow.declaration_errors import DeclarationError, message_of

CLONE = Path(__file__).resolve().parents[3]
SOURCE: Mapping[str, object] = {
    "folder": None,
    "image_folders": [],
    "limit_per_class": None,
    "shards": 1,
    "gpu_shards": 1,
}
"""Keys of `data.<set>` that a declaration may have, beside `mask_folders`, with the values where neither has them."""

_SCHEMA = CLONE / "schemas/dataset.schema.yaml"
# Keys whose entries are values of the label table, of which YAML takes some for numbers or for true and false.
_VALUES = ("diagnoses", "outside", "left_out", "symmetry")


def read_declarations(declared: Mapping[str, str | Mapping | None]) -> dict[str, Declaration]:
    """Return the declarations of the configuration's `datasets`.

    Those with readers come first, in the schema's order, then the others by name: overlays change the order of keys.

    Parameters
    ----------
    declared
        For each data set a file, relative to the clone, or the declaration itself; None: it is no part of the study.

    Raises
    ------
    DeclarationError
        A file cannot be read, or a key is unknown, missing or has a wrong value.
    """
    schema = yaml.safe_load(_SCHEMA.read_text())
    readers = schema["properties"]["reader"]["enum"]
    validator = Draft202012Validator(schema, format_checker=FormatChecker(["regex"]))
    read = [_declaration(dataset, source, validator) for dataset, source in declared.items() if source is not None]
    order = {reader: number for number, reader in enumerate(readers)}
    read.sort(key=lambda each: (order.get(each.reader, len(readers)), each.dataset))
    return {declaration.dataset: declaration for declaration in read}


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
    if unknown := [dataset for dataset in config["data"] if dataset not in config["datasets"]]:
        raise DeclarationError(
            f"data.{unknown[0]}: no such data set; expected one of {', '.join(declarations)}: add its declaration to "
            "datasets, or correct the name"
        )
    if homeless := [dataset for dataset, source in data.items() if source["folder"] is None]:
        raise DeclarationError(
            f"{declarations[homeless[0]].origin}: no folder; expected where its label table lies: add the key folder "
            f"to the declaration, or data.{homeless[0]}.folder to the configuration"
        )
    return {**config, "data": data}


def _declaration(dataset: str, source: str | Mapping, validator: Draft202012Validator) -> Declaration:
    where = f"datasets.{dataset}" if isinstance(source, Mapping) else source
    content = source if isinstance(source, Mapping) else _read(dataset, source)
    for error in validator.iter_errors(content):
        raise DeclarationError(message_of(where, error))
    _require_texts(where, content)
    return Declaration(
        dataset=dataset,
        name=content["name"],
        roles=tuple(content["roles"]),
        reader=content.get("reader", ""),
        classes=tuple(sorted(content.get("classes", ()))),
        balanced=content.get("balanced", False),
        source={key: content[key] for key in (*SOURCE, "mask_folders") if key in content},
        table={} if "reader" in content else _layout(content),
        origin=where,
        how_to_get=content.get("how_to_get", ""),
        unverified=content.get("unverified", ""),
    )


def _layout(content: Mapping) -> dict:
    """Return the layout of a declared table."""
    diagnoses, outside, symmetry = (
        {str(value): label for value, label in content.get(key, {}).items()}
        for key in ("diagnoses", "outside", "symmetry")
    )
    join = content.get("join")
    return {
        "file": _several(content.get("table", [])),
        "columns": dict(content.get("columns", {"image": "image"})),
        "diagnoses": diagnoses | outside,
        "outside": list(outside),
        "left_out": list(map(str, content.get("left_out", ()))),
        "symmetry": symmetry,
        "prefix": content.get("prefix"),
        "delimiter": content.get("delimiter"),
        "format": content.get("format", ""),
        "optional": list(content.get("optional", ())),
        "one_hot": content.get("one_hot", False),
        "rows": dict(content.get("rows", {})),
        "join": join and {"file": _several(join["table"]), "by": join["by"]},
    }


def _several(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _require_texts(where: str, content: Mapping) -> None:
    """Refuse a value of the label table that YAML takes for true or false, as it does yes and no."""
    for key in _VALUES:
        if found := [value for value in content.get(key, ()) if isinstance(value, bool)]:
            words = "yes, on or true" if found[0] else "no, off or false"
            raise DeclarationError(
                f"{where}: {key}: found {found[0]}, as which YAML reads {words}; expected a value of the label table: "
                "put it in quotation marks"
            )


def _read(dataset: str, path: str) -> Any:
    try:
        return yaml.safe_load((CLONE / path).read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DeclarationError(
            f"{path}: cannot be read ({error}); datasets.{dataset} names it: correct the path or the file"
        ) from error
