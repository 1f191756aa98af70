"""A digest of the page's templates, styles and scripts, which no import reveals. Standard library only."""

import hashlib
from pathlib import Path

HTML = Path(__file__).resolve().parent
FOLDERS = (HTML / "templates", HTML / "assets", HTML.parent / "vendor")


def assets_digest() -> str:
    """Return the SHA-256 of the names and contents of all files that the page is made of."""
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(HTML.parent).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()
