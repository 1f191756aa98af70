"""Pictures of an image's prediction: mask, LAE box, CAMs, overlays and thumbnail, all of the packed image."""

from collections.abc import Collection, Mapping
from pathlib import Path

import cv2
import numpy as np

from selcn.masks.lae import box_mask
from selcn.prediction.files import is_name
from selcn.prediction.result import ImagePrediction
from selcn.storage.artifacts import replacing

CAM_ALPHA = 0.55
"""Share of the CAM's colour in an overlay, as in the study's figures."""
MASK_COLOUR, BOX_COLOUR = (0, 158, 115), (230, 159, 0)
"""Green and orange of Okabe and Ito's palette: the lesion's outline and the LAE box."""
THUMBNAIL = 192
"""Side of a thumbnail, in pixels."""
# Photographs shrink little more by other settings, which take twice as long.
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB]
# Sheets are large: as PNG they would take a third of an image's time. Colours are not subsampled, for the text.
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
_OPTIONS = {".png": _PNG, ".jpg": _JPEG, ".webp": [cv2.IMWRITE_WEBP_QUALITY, 60]}

PICTURES: Mapping[str, str] = {
    "mask": "masks/{}.png",
    "box": "boxes/{}.png",
    "symmetry_cam": "cams/symmetry/{}.png",
    "lesion_cam": "cams/lesion/{}.png",
    "segmentation": "overlays/segmentation/{}.png",
    "symmetry": "overlays/symmetry/{}.png",
    "lesion": "overlays/lesion/{}.png",
    "sheet": "sheets/{}.jpg",
    "thumbnail": "thumbnails/{}.webp",
}
"""The files of an image below the folder of the results, by kind; `{}` is its name."""


def pictures_of(prediction: ImagePrediction) -> dict[str, np.ndarray]:
    """Return the pictures of a prediction by their kinds in `PICTURES`, without sheet and thumbnail.

    Returns
    -------
    dict
        uint8 (S, S), 0 or 255, of mask and box; uint8 (S, S), 0..255, of CAMs; uint8 (S, S, 3) RGB of overlays.
    """
    size = len(prediction.packed)
    symmetry, lesion = (upsampled(cam, size) for cam in (prediction.symmetry_cam, prediction.lesion_cam))
    return {
        "mask": prediction.mask * np.uint8(255),
        "box": box_mask(prediction.box, size) * np.uint8(255),
        "symmetry_cam": grey_of(symmetry),
        "lesion_cam": grey_of(lesion),
        "segmentation": outlined(prediction),
        "symmetry": overlay(prediction.packed, symmetry),
        "lesion": overlay(prediction.packed, lesion),
    }


def outlined(prediction: ImagePrediction) -> np.ndarray:
    """Return the packed image with the lesion's outline and the LAE box, uint8 (S, S, 3) RGB."""
    image = prediction.packed.copy()
    width = max(1, len(image) // 128)
    contours, _ = cv2.findContours(prediction.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(image, contours, -1, MASK_COLOUR, width)
    x0, y0, x1, y1 = prediction.box
    if prediction.lesion_found:
        cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), BOX_COLOUR, width)
    return image


def overlay(image: np.ndarray, cam: np.ndarray) -> np.ndarray:
    """Return a CAM, float32 (S, S), 0..1, laid over its image, uint8 (S, S, 3) RGB."""
    colours = cv2.cvtColor(cv2.applyColorMap(grey_of(cam), cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return cv2.addWeighted(image, 1 - CAM_ALPHA, colours, CAM_ALPHA, 0)


def upsampled(cam: np.ndarray, size: int) -> np.ndarray:
    """Return a CAM (h, w) bilinearly upsampled to float32 (S, S), as for localisation."""
    return cv2.resize(cam.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)


def grey_of(cam: np.ndarray) -> np.ndarray:
    """Return a CAM of 0..1 as uint8 0..255."""
    return np.rint(255 * np.clip(cam, 0, 1)).astype(np.uint8)


def thumbnail_of(prediction: ImagePrediction) -> np.ndarray:
    """Return the packed image at the size of a thumbnail, if it is not smaller, uint8 RGB."""
    side = min(THUMBNAIL, len(prediction.packed))
    return cv2.resize(prediction.packed, (side, side), interpolation=cv2.INTER_AREA)


def write_picture(picture: np.ndarray, path: Path) -> None:
    """Write a picture, uint8 (H, W) or (H, W, 3) RGB, atomically in the format of the path's ending.

    Raises
    ------
    ValueError
        OpenCV cannot encode it.
    """
    stored = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if picture.ndim == 3 else picture
    written, content = cv2.imencode(path.suffix, stored, _OPTIONS[path.suffix])
    if not written:
        raise ValueError(f"{path}: OpenCV could not encode a picture of shape {picture.shape}")
    with replacing(path) as temporary:
        temporary.write_bytes(content.tobytes())


def places_of(name: str, out: Path) -> dict[str, Path]:
    """Return the paths of an image's pictures, by kind."""
    return {kind: out / pattern.format(name) for kind, pattern in PICTURES.items()}


def all_there(name: str, out: Path) -> bool:
    """Return whether all pictures of an image are there."""
    return all(place.is_file() for place in places_of(name, out).values())


def remove_former_pictures(names: Collection[str], out: Path) -> int:
    """Remove the pictures of images that are no longer predicted; return the number of these images.

    Any file that is not one of a complete set of pictures is somebody's own, and stays.

    Parameters
    ----------
    names
        The names of all images that are.
    """
    written = {path.stem for path in out.glob(PICTURES["thumbnail"].format("*"))}
    former = [name for name in written.difference(names) if is_name(name) and all_there(name, out)]
    for name in former:
        for place in places_of(name, out).values():
            place.unlink()
    return len(former)
