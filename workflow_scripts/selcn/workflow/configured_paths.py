"""Paths of the configuration, with ~ and variables of the environment resolved. Standard library only."""

import os
import re
from collections.abc import Callable, Mapping

from selcn.prediction.web.libraries import NPM

_FOLDERS = ("folder", "image_folders", "mask_folders")
_PAIRS = ("known_pairs", "confirmed", "rejected")
_ORIGINS = ("hub", "random")
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")


def with_paths(config: Mapping) -> dict:
    """Return a configuration with ~ and variables resolved in its paths; those that are not defined stay.

    Parameters
    ----------
    config
        A configuration that the schema accepts: folders of data sets, of images to predict and of a page's libraries,
        files of weights and lists of pairs are paths.
    """
    return _mapped(config, lambda key, path: os.path.expandvars(os.path.expanduser(path)))


def paths_refusal(config: Mapping) -> str | None:
    """Return which path of `with_paths` has an undefined variable or user, and what to do; None where all are known."""
    problems: list[str] = []

    def judge(key: str, path: str) -> str:
        unknown = _VARIABLE.search(path)
        if unknown:
            problems.append(
                f"{key} is {path}, but the variable {unknown[0]} is not defined; define it, or write it out"
            )
        elif path.startswith("~"):
            user = path.partition("/")[0]
            problems.append(f"{key} is {path}, but {user} is no user's home here; write the path out")
        return path

    _mapped(config, judge)
    return next(iter(problems), None)


def _mapped(config: Mapping, change: Callable[[str, str], str]) -> dict:
    """Return a configuration with a function of its key and itself in place of every path."""

    def changed(key: str, value: object) -> object:
        if isinstance(value, list):
            return [change(key, path) for path in value]
        return change(key, value) if isinstance(value, str) else value

    data = {
        dataset: {
            key: changed(f"data.{dataset}.{key}", value) if key in _FOLDERS else value for key, value in source.items()
        }
        for dataset, source in config["data"].items()
    }
    weights = {
        name: value if value in _ORIGINS else changed(f"weights.{name}", value)
        for name, value in config["weights"].items()
    }
    duplicates = {
        key: changed(f"duplicates.{key}", value) if key in _PAIRS else value
        for key, value in config["duplicates"].items()
    }
    page = config["bundle"]["page"]
    bundle = {**config["bundle"], "page": page if page == NPM else changed("bundle.page", page)}
    images = changed("images", config["images"])
    return {
        **config,
        "data": data,
        "weights": weights,
        "duplicates": duplicates,
        "bundle": bundle,
        "images": images,
    }
