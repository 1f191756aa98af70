"""A digest of the page's files, which no import reveals. Standard library only."""

import hashlib
from pathlib import Path

PAGE = Path(__file__).parent / "page"
# The report's, so that both look alike.
STYLES = Path(__file__).parents[2] / "report/html/assets/page.css"


def page_digest() -> str:
    """Return the SHA-256 of the names and contents of all files that a bundle's page is made of."""
    digest = hashlib.sha256()
    for path in [*sorted(path for path in PAGE.rglob("*") if path.is_file()), STYLES]:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
