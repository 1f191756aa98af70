"""The study's figures as the page shows them: what they show in words, and where each protocol's file is."""

from dataclasses import dataclass, replace

from selcn.design.datasets import with_names
from selcn.report.html.drawings import Drawing, drawing_of, path_of
from selcn.report.html.results import Results


@dataclass(frozen=True)
class Shown:
    """A figure of the page.

    Attributes
    ----------
    pictures
        Of each of its files the protocol ("" for a figure of all), the address of the page's copy ("": none) and the
        SVG that is part of the page ("": it is an image); empty where the figure is left out.
    """

    name: str
    drawing: Drawing
    pictures: tuple[tuple[str, str, str], ...]


def figures(results: Results, *names: str) -> list[Shown]:
    """Return some of the study's figures, without files where the page may not show photographs."""
    shown = []
    for name in names:
        found = {protocol: svg for (protocol, there), svg in results.figures.items() if there == name}
        if found:
            drawing = drawing_of(name)
            drawing = replace(drawing, text=with_names(drawing.text))
            pictures = [
                ("" if drawing.common else protocol, results.links.get(path_of(protocol, name), ""), svg)
                for protocol, svg in found.items()
            ]
            shown.append(Shown(name, drawing, tuple(one for one in pictures if any(one[1:]))))
    return shown
