"""A reader of HTML files with tables, on the standard library's parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Cell:
    """The attributes and the text of an entry."""

    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """An HTML file.

    Attributes
    ----------
    text
        The file.
    tables
        The rows of each table, heads left out.
    heads
        The columns' names of each table.
    tags
        Every tag with its attributes.
    shown
        The text outside of scripts and styles.
    """

    text: str
    tables: list[list[list[Cell]]] = field(default_factory=list)
    heads: list[list[str]] = field(default_factory=list)
    tags: list[tuple[str, dict]] = field(default_factory=list)
    shown: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.feed(self.text)

    @property
    def cells(self) -> list[Cell]:
        """Every entry."""
        return [cell for table in self.tables for row in table for cell in row]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
            self.heads.append([])
        if tag == "tr" and "tbody" in self._open:
            self.tables[-1].append([])
        if tag == "td":
            self.tables[-1][-1].append(Cell(dict(attrs)))
        if tag == "th":
            self.heads[-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "td" in self._open:
            self.tables[-1][-1][-1].text += data
        if "th" in self._open:
            self.heads[-1][-1] += data
        if not {"script", "style"} & set(self._open):
            self.shown += data
