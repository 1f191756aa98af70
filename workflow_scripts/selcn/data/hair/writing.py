"""Images without hair, as hair removal writes them and finds them again."""

import hashlib
from pathlib import Path

from selcn.data.hair.removal import HairSettings, remove_hair
from selcn.data.images import encode_jpeg, read_image
from selcn.storage.artifacts import replacing, sha256_of

COLUMNS = ("image_id", "path", "hair_share", "width", "height", "sha256")


def clean_image(row, folder: Path, settings: HairSettings) -> dict[str, object]:
    """Write one image of the index without its hair, and return its row of the manifest."""
    clean, mask = remove_hair(read_image(row.path, row.sha256), settings)
    content = encode_jpeg(clean)
    path = f"images/{row.image_id}.jpg"
    with replacing(folder / path) as temporary:
        temporary.write_bytes(content)
    height, width = mask.shape
    sha256 = hashlib.sha256(content).hexdigest()
    return dict(zip(COLUMNS, (row.image_id, path, float(mask.mean()), width, height, sha256), strict=True))


def still_there(row: dict, sources: dict[str, str], folder: Path) -> bool:
    """Return whether an image that an earlier attempt cleaned is there, unchanged, and made from the same image."""
    path = folder / row["path"]
    return sources.get(row["image_id"]) == row["source"] and path.is_file() and sha256_of(path) == row["sha256"]
