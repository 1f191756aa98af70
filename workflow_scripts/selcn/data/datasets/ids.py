"""Rules for image ids, which become file names. Standard library only."""

import re

# No separator, no hidden name, short enough for any file system; also the rules' wildcard `image_id`.
IMAGE_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"

# The ISIC Archive's ids name one image in all data sets; ISIC 2019 names some ..._downsampled.
ISIC_ID = r"ISIC_\d{7}(?:_downsampled)?"
# Its lesions and patients have ids of the same kind.
ARCHIVE_ID = rf"{ISIC_ID}|(?:IL|IP)_\d{{7}}"


def problem_with_id(image_id: str) -> str | None:
    """Return why an id cannot be used (it would leave its folder, or is not a plain file name), or None."""
    if not image_id:
        return "no id: the row's id is empty; add it"
    if ".." in image_id or "/" in image_id or "\\" in image_id:
        return "id would leave its folder: it contains .., / or \\; rename the image"
    if not re.fullmatch(IMAGE_ID, image_id):
        return (
            "id is not a plain file name: expected up to 100 of A-Z a-z 0-9 _ . - starting with a letter or digit; "
            "rename the image"
        )
    return None
