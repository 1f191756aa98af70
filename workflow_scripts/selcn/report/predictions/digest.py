"""A digest of what the page of predictions is made of, which no import reveals. Standard library only."""

import hashlib
from pathlib import Path

from selcn.report.html.digest import HTML

FOLDER = Path(__file__).resolve().parent
STYLES = (HTML / "assets/page.css", FOLDER / "page.css")
SCRIPT, TEMPLATE = FOLDER / "page.js", FOLDER / "page.html.j2"


def assets_digest() -> str:
    """Return the SHA-256 of the page's styles, script and template."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in (*STYLES, SCRIPT, TEMPLATE))).hexdigest()
