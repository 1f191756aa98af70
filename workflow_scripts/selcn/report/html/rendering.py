"""Rendering of pages: Jinja's environment, and styles and scripts that stand in the page."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


def environment_of(templates: Path) -> Environment:
    """Return the environment of a folder's templates: it escapes everything, and refuses undefined names."""
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def joined(paths: list[Path]) -> Markup:
    """Return the contents of styles or scripts, none of which may end the element that they stand in.

    Raises
    ------
    ValueError
        A file has a closing tag of its element.
    """
    texts = [path.read_text(encoding="utf-8").strip().removeprefix("\ufeff") for path in paths]
    for path, text in zip(paths, texts, strict=True):
        if "</script" in text.lower() or "</style" in text.lower():
            raise ValueError(
                f"{path}: found </script or </style, which would end the page's element; write it otherwise"
            )
    return Markup("\n".join(texts))
