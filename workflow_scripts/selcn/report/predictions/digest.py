"""A digest of what the page of predictions is made of, which no import reveals. Standard library only."""

from pathlib import Path

from selcn.report.html.digest import HTML
from selcn.storage.file_digest import digest_of

FOLDER = Path(__file__).resolve().parent
STYLES = (HTML / "assets/page.css", FOLDER / "page.css")
SCRIPT, TEMPLATE = FOLDER / "page.js", FOLDER / "page.html.j2"


def assets_digest() -> str:
    """Return the SHA-256 of the names and contents of the page's styles, script and template."""
    return digest_of((path.name, path) for path in (*STYLES, SCRIPT, TEMPLATE))
