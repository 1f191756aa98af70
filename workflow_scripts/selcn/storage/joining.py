"""Join a data set's shards: clear away former shards, and files that no manifest lists."""

import shutil
from pathlib import Path

# Columns of a manifest that name files in folders which all shards share.
LISTED = ("path", "seg_path", "lae_path")


def remove_former_shards(folder: Path, shards: list[Path]) -> int:
    """Remove the folders of shards that the data set had when it was divided into more; return how many."""
    former = [place for place in folder.glob("shard-*") if place not in shards]
    for place in former:
        shutil.rmtree(place)
    return len(former)


def remove_unlisted(folder: Path, listed: list[str]) -> int:
    """Remove the files of images that are no longer in the data set, and what killed jobs left; return how many."""
    kept = {folder / path for path in listed}
    unlisted = [path for place in {path.parent for path in kept} for path in place.iterdir() if path not in kept]
    for path in unlisted:
        path.unlink()
    return len(unlisted)
