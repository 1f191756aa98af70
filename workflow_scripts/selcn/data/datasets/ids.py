"""What an image's id may be: it becomes the name of files, so it must be one. Standard library only."""

import re

# No separator, no hidden name, short enough for every file system; also the wildcard `image_id` of the rules.
IMAGE_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"


def problem_with_id(image_id: str) -> str | None:
    """Return why an id cannot be one (it would leave its folder, or is no plain file name), or None."""
    if not image_id:
        return "no id"
    if ".." in image_id or "/" in image_id or "\\" in image_id:
        return "id would leave its folder"
    if not re.fullmatch(IMAGE_ID, image_id):
        return "id is no plain file name: expected up to 100 of A-Z a-z 0-9 _ . - starting with a letter or digit"
    return None
