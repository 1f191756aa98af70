"""A digest of the page's files, which no import reveals. Standard library only."""

from pathlib import Path

from selcn.storage.file_digest import digest_of

PAGE = Path(__file__).parent / "page"
# The report's, so that both look alike.
STYLES = Path(__file__).parents[2] / "report/html/assets/page.css"


def page_digest() -> str:
    """Return the SHA-256 of the names and contents of all files that a bundle's page is made of."""
    files = [path for path in sorted(PAGE.rglob("*")) if path.is_file()]
    return digest_of((path.name, path) for path in [*files, STYLES])
