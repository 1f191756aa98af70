"""Notes below the page's tables, and links to the files that a table comes from."""

from dataclasses import dataclass

from markupsafe import Markup

from selcn.report.html.markdown import inline, notes_of
from selcn.report.html.results import Results


@dataclass(frozen=True)
class Note:
    """A note, and the protocol that it is of; "" where it is of all."""

    text: Markup
    protocol: str


def merged(results: Results, name: str) -> list[Note]:
    """Return the notes of a table in reading order, those that all protocols have once."""
    by_protocol = {protocol: notes_of(results.texts[protocol, name]) for protocol in results.protocols}
    notes = []
    for protocol, texts in by_protocol.items():
        for text in texts:
            common = all(text in others for others in by_protocol.values())
            note = Note(inline(text), "" if common else protocol)
            notes += [] if note in notes else [note]
    return notes


def downloads(results: Results, name: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the files of a table that the page has copies of: for each protocol, the kind and address of each file."""
    found = []
    for protocol in results.protocols:
        paths = {suffix.upper(): f"{protocol}/tables/{name}.{suffix}" for suffix in ("csv", "md")}
        files = [(kind, results.links[path]) for kind, path in paths.items() if path in results.links]
        found += [(protocol, files)] if files else []
    return found
