"""A digest of the page's templates, styles and scripts, which no import reveals. Standard library only."""

from pathlib import Path

from selcn.storage.file_digest import digest_of

HTML = Path(__file__).resolve().parent
FOLDERS = (HTML / "templates", HTML / "assets", HTML.parent / "vendor")


def assets_digest() -> str:
    """Return the SHA-256 of the names and contents of all files that the page is made of."""
    files = (path for folder in FOLDERS for path in sorted(folder.rglob("*")) if path.is_file())
    return digest_of((path.relative_to(HTML.parent).as_posix(), path) for path in files)
