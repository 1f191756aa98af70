"""The study's figures as the page shows them: what they show in words, and where each protocol's file is."""

from dataclasses import dataclass

from selcn.report.html.drawings import Drawing, drawing_of, path_of
from selcn.report.html.results import Results


@dataclass(frozen=True)
class Shown:
    """A figure of the page.

    Attributes
    ----------
    files
        The protocol ("" for a figure of all) and the address of each of its files; empty where it is left out.
    svgs
        The protocol and the SVG of each of its files that are part of the page.
    """

    name: str
    drawing: Drawing
    files: tuple[tuple[str, str], ...]
    svgs: tuple[tuple[str, str], ...]


def figures(results: Results, *names: str) -> list[Shown]:
    """Return some of the study's figures, without files where the page may not show photographs."""
    shown = []
    for name in names:
        found = {protocol: svg for (protocol, there), svg in results.figures.items() if there == name}
        if found:
            paths = {protocol: path_of(protocol, name) for protocol, svg in found.items() if not svg}
            of = {protocol: "" if drawing_of(name).common else protocol for protocol in paths}
            links = tuple(
                (of[protocol], results.links[path]) for protocol, path in paths.items() if path in results.links
            )
            svgs = tuple((protocol, svg) for protocol, svg in found.items() if svg)
            shown.append(Shown(name, drawing_of(name), links, svgs))
    return shown
