"""Checks of a study's declarations beyond their schema."""

from collections.abc import Mapping, Sequence

from selcn.data.datasets.sources import LABEL_TABLES
from selcn.design.classes import MALIGNANCY_CLASSES
from selcn.design.datasets import EXTERNAL, LESION, SEGMENTATION, SYMMETRY, Declaration
from selcn.workflow.declaration_errors import DeclarationError

NETWORKS = ("segmentation", "symmetry", "backbones", "lesion")
"""The networks that settings and searches are named after."""

_SUBSETS = ("validation", "test")
_TARGETS = ("all", "hair", "masks", "cams", "sources", "tables", "figures", "report", "search", "tensorboard", "verify")
# Sections of the report's page, in which external and lesion sets have sections named after them.
_SECTIONS = ("summary", "data", "splits", "cells", "others", "answers", "images", "run")
# Names of files in the rules that stand beside those of data sets, and those that Snakemake keeps for itself.
_INPUTS = ("source", "truth", "rows", "lesions", "index", "count", "get", "items", "keys", "pop", "update", "values")


def taken_names(protocols: Sequence[str]) -> set[str]:
    """Return the names that no data set may have, since something else in the study has them."""
    return {*NETWORKS, *_SUBSETS, *_TARGETS, *_SECTIONS, *_INPUTS, *protocols}


def require_names(declarations: Mapping[str, Declaration], protocols: Sequence[str]) -> None:
    """Refuse data sets that are named like something else in the study, or like each other in prose.

    Raises
    ------
    DeclarationError
        A key is taken, or two data sets have one name.
    """
    names: dict[str, str] = {}
    for dataset, declared in declarations.items():
        if dataset in taken_names(protocols):
            raise DeclarationError(
                f"datasets.{dataset}: a target, protocol, network or file of the study has this name; expected another "
                "key: rename it here and in data"
            )
        if dataset in LABEL_TABLES and declared.reader != dataset:
            raise DeclarationError(
                f"datasets.{dataset}: this is the key of one of the thesis's data sets, read by reader: {dataset}; "
                "expected another key for other data: rename it here and in data"
            )
        # Names that differ in capitals alone are one to a reader.
        if other := names.get(declared.name.casefold()):
            raise DeclarationError(
                f"{declared.origin}: name: found {declared.name!r}, which is the name of {other} too; expected one of "
                "its own, which tables show: correct it"
            )
        names[declared.name.casefold()] = dataset


def require_roles(declarations: Mapping[str, Declaration]) -> None:
    """Refuse data sets of which the study's networks cannot be trained and tested.

    Raises
    ------
    DeclarationError
        A role is given to no data set, or to several where one is expected, or lesion networks have no classes.
    """
    for role, several in ((SEGMENTATION, False), (SYMMETRY, False), (LESION, True)):
        given = [dataset for dataset, declared in declarations.items() if role in declared.roles]
        if not given or (len(given) > 1 and not several):
            raise DeclarationError(
                f"datasets: the role {role} is given to {', '.join(given) or 'none'}; expected "
                f"{'at least one data set' if several else 'one data set'}: correct the roles of the declarations, or "
                "leave a data set out (`<set>: null`)"
            )
    for declared in declarations.values():
        if LESION in declared.roles and not declared.classes:
            raise DeclarationError(
                f"{declared.origin}: no classes; expected those of the lesion networks that are trained on it: add "
                "the key classes"
            )


def require_classes(declarations: Mapping[str, Declaration], classes: Sequence[str]) -> None:
    """Refuse declared tables whose diagnoses are mapped onto other than the classes of the networks used on them.

    Parameters
    ----------
    classes
        Those of the networks that external sets are tested with.

    Raises
    ------
    DeclarationError
        A diagnosis is mapped onto no class, one outside the classes onto one of them, or a class has no diagnosis.
    """
    for declared in declarations.values():
        if EXTERNAL in declared.roles:
            _require_known(declared, classes)
        elif LESION in declared.roles:
            _require_known(declared, declared.classes)
            _require_each(declared)


def _require_known(declared: Declaration, classes: Sequence[str]) -> None:
    outside = declared.table.get("outside", ())
    for diagnosis, label in declared.table.get("diagnoses", {}).items():
        key = "outside" if diagnosis in outside else "diagnoses"
        where = f"{declared.origin}: {key}.{diagnosis}: found {label}, which"
        if diagnosis in outside and label in classes:
            raise DeclarationError(
                f"{where} is a class of the lesion networks; expected another name: correct it, or move the diagnosis "
                "to diagnoses"
            )
        if diagnosis not in outside and label not in classes:
            raise DeclarationError(
                f"{where} is no class of the lesion networks; expected one of {', '.join(classes)}: correct it, or "
                "move the diagnosis to outside or left_out"
            )


def _require_each(declared: Declaration) -> None:
    given = set(declared.table.get("diagnoses", {}).values())
    if declared.table and (empty := [label for label in declared.classes if label not in given]):
        raise DeclarationError(
            f"{declared.origin}: classes: found {empty[0]}, onto which no diagnosis is mapped; expected classes with "
            "images: add its diagnosis to diagnoses, or remove the class"
        )


def knows_malignancy(declared: Declaration) -> bool:
    """Return whether the malignancy of a symmetry set's images may be known, for the sham control of this name."""
    return bool(declared.reader) or set(MALIGNANCY_CLASSES) <= set(declared.table["diagnoses"].values())
