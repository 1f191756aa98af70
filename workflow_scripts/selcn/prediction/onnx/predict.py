"""Predict dermoscopic images with this bundle's ONNX models: python predict.py IMAGE... --out predictions.csv

Needs onnxruntime, numpy and Pillow; with opencv-python-headless hair is removed and images are resized as in the study.
Without it no hair is removed and Pillow resizes: probabilities then differ.

Columns are named as those of `selcn predict`. An image of the study is recognised by the SHA-256 of its file
(known.json) and predicted by the networks of its folds; a copy stored anew, or another image of its lesion, is not:
`trained_on` is empty, and mask, LAE box and symmetry may be those of another fold's networks than by `selcn predict`.
The table begins with two lines of notes: pandas.read_csv(table, comment="#").

Exit status: 1 if no image was predicted, 2 for wrong arguments.
"""

import argparse
import csv
import hashlib
import io
import json
import os
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
from PIL import Image

try:
    import cv2
except ImportError:
    cv2 = None  # type: ignore[assignment]

TERMS = "Research use only; not a medical device."
KNOWN = "known.json"
BY_FILE = "{} known to the study by their files. Copies and other images of its lesions: only selcn predict finds them."
UNCHECKED = f"Not checked whether the study has these images, as {KNOWN} is missing: selcn predict checks it."
UNREADABLE: tuple[type[Exception], ...] = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
if cv2:
    UNREADABLE += (cv2.error,)


class Cascade:
    """The networks of a bundle; `metadata` is the content of its metadata.json, `known` has its study's images."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.metadata = json.loads((self.folder / "metadata.json").read_text())
        files = self.metadata["onnx"]["files"]
        self.segmentation = {int(fold): self.opened(name) for fold, name in files["segmentation"].items()}
        self.symmetry = {int(fold): self.opened(name) for fold, name in files["symmetry"].items()}
        self.lesion, self.unlike = self.opened(files["lesion"]), self.opened(files["unlike"])
        self.hair = runpy.run_path(str(self.folder / "hair_mask.py")) if cv2 else {}
        self.known = json.loads((self.folder / KNOWN).read_text()) if (self.folder / KNOWN).is_file() else None

    def opened(self, name):
        return onnxruntime.InferenceSession(str(self.folder / name), providers=["CPUExecutionProvider"])

    def prepare(self, content):
        """Return an image file's content as the networks take it: uint8 (S, S, 3) RGB, packed and without hair."""
        if cv2 is None:
            # Pixels as they are stored: EXIF is ignored, as in the study.
            return fitted(np.asarray(Image.open(io.BytesIO(content)).convert("RGB")), **self.metadata["pack"])
        image, settings = decoded(content), SimpleNamespace(**self.metadata["hair"]["settings"])
        hair = self.hair["hair_mask"](image, settings).astype(np.uint8)
        clean = cv2.inpaint(image, hair, settings.radius, cv2.INPAINT_TELEA)
        # The study keeps images without hair as JPEG.
        stored = cv2.imencode(".jpg", clean[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
        return fitted(decoded(stored), **self.metadata["pack"])

    def predict(self, packed, sha256):
        """Return what the cascade says of one image, uint8 (S, S, 3) RGB without hair, by the SHA-256 of its file."""
        images, known = packed[None], (self.known or {}).get(sha256, {})
        (masks,) = of_fold(self.segmentation, sha256, known.get("segmentation_fold")).run(None, {"images": images})
        mask, network = masks[0].astype(bool), of_fold(self.symmetry, sha256, known.get("symmetry_fold"))
        box = lae_box(mask, **self.metadata["lae"])
        over = laid_over(mask, box, self.metadata["symmetry"]["mask"])
        symmetry, cams, _ = network.run(None, {"images": images, "masks": over})
        inputs = {"images": images, "masks": laid_over(mask, box, self.metadata["lesion"]["mask"])}
        if self.metadata["lesion"]["takes_cams"]:
            inputs["cams"] = cams
        networks, lesion_cams = self.lesion.run(None, inputs)
        (scores,) = self.unlike.run(None, {"images": images})
        return SimpleNamespace(
            mask=mask,
            box=box,
            symmetry=symmetry[0],
            symmetry_cam=cams[0],
            networks=networks[0],
            probabilities=with_temperature(networks[0], self.metadata["lesion"]["temperature"]),
            lesion_cam=lesion_cams[0],
            unlike_score=float(scores[0]),
            known=known,
        )


def check(folder):
    """Exit if a file of the bundle that this script reads is missing or differs from its checksum."""
    try:
        for line in (folder / "SHA256SUMS").read_text().splitlines():
            expected, name = line.split("  ", 1)
            read = name.startswith("onnx/") or name in ("metadata.json", "hair_mask.py", KNOWN)
            if read and hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                sys.exit(f"{folder / name}: damaged, its SHA-256 is not that of SHA256SUMS; copy the bundle again")
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}; copy the whole folder of the bundle")


def laid_over(mask, box, kind):
    """Return the mask over a network's input, uint8 (1, S, S), by its kind: none, seg or lae."""
    if kind == "none":
        return np.ones((1, *mask.shape), np.uint8)
    if kind == "lae" or not mask.any():
        x0, y0, x1, y1 = box
        mask = np.zeros(mask.shape, bool)
        mask[y0:y1, x0:x1] = True
    return mask[None].astype(np.uint8)


def of_fold(networks, sha256, own=None):
    """Return the network that serves an image: of its fold in the study, `own`, or of one chosen by its SHA-256."""
    number = int.from_bytes(hashlib.blake2b(sha256.encode(), digest_size=8).digest(), "big")
    return networks[own if own in networks else sorted(networks)[number % len(networks)]]


def with_temperature(networks, temperature):
    """Return the mean over networks of their probabilities, (N, classes), scaled by the temperature."""
    mean = networks.astype(np.float64).mean(axis=0)
    logits = np.log(np.maximum(mean, np.finfo(np.float32).tiny)) / temperature
    raised = np.exp(logits - logits.max())
    return raised / raised.sum()


def lae_box(mask, factor, empty_masks):
    """Return the box (x0, y0, x1, y1), half-open, around a mask's largest component, grown about its centre."""
    height, width = mask.shape
    if not mask.any():
        return (0, 0, width, height) if empty_masks == "whole_image" else (0, 0, 0, 0)
    # The largest; of equally large ones the topmost, then the leftmost.
    _, y0, x0, y1, x1 = min((-len(part), *part.min(axis=0), *part.max(axis=0) + 1) for part in components(mask))
    right, down = (int(np.floor(side * (factor - 1) / 2 + 0.5)) for side in (x1 - x0, y1 - y0))
    return max(0, x0 - right), max(0, y0 - down), min(width, x1 + right), min(height, y1 + down)


def components(mask):
    """Yield the pixels of each component of a mask, where corners touch too, as rows of (y, x)."""
    waiting = set(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))
    while waiting:
        found = [waiting.pop()]
        for y, x in found:
            near = waiting & {(y + down, x + right) for down in (-1, 0, 1) for right in (-1, 0, 1)}
            waiting -= near
            found.extend(near)
        yield np.array(found)


def decoded(content):
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imdecode(np.frombuffer(content, np.uint8), flags) if len(content) else None
    if image is None:
        raise ValueError("not an image that OpenCV reads")
    return image


def fitted(image, size, fit):
    """Return an image as a square: stretched, padded with black, or cropped to its centre."""
    height, width = image.shape[:2]
    if fit == "stretch":
        return resized(image, size, size)
    if fit == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        return resized(image[top : top + side, left : left + side], size, size)
    height, width = (max(1, round(side * size / max(height, width))) for side in (height, width))
    top, left = (size - height) // 2, (size - width) // 2
    square = np.zeros((size, size, 3), np.uint8)
    square[top : top + height, left : left + width] = resized(image, width, height)
    return square


def resized(image, width, height):
    shrinks = height <= image.shape[0] and width <= image.shape[1]
    if cv2 is None:
        how = Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
        return np.asarray(Image.fromarray(image).resize((width, height), how))
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def row_of(name, sha256, prediction, cascade):
    """Return an image's row of the table; low and high are those of single networks, scaled as their mean is."""
    told, known, symmetry = cascade.metadata, prediction.known, prediction.symmetry
    networks = np.array([with_temperature(own[None], told["lesion"]["temperature"]) for own in prediction.networks])
    bounds = {"": prediction.probabilities, "_low": networks.min(axis=0), "_high": networks.max(axis=0)}
    row = {"image": name, "sha256": sha256, "predicted": told["classes"][prediction.probabilities.argmax()]}
    for bound, values in bounds.items():
        row |= {f"prob_{label}{bound}": float(value) for label, value in zip(told["classes"], values, strict=True)}
    row |= {"symmetry": told["symmetry_classes"][symmetry.argmax()], "symmetry_prob": float(symmetry.max())}
    row |= {"lesion_found": bool(prediction.mask.any()), "area_share": float(prediction.mask.mean())}
    row |= dict(zip(("x0", "y0", "x1", "y1"), map(int, prediction.box), strict=True))
    row |= {"unlike_score": prediction.unlike_score, "unlike": prediction.unlike_score > told["unlike"]["threshold"]}
    if known:
        return row | {"known": "same", "known_image": known["image"], "trained_on": known["trained_on"]}
    # Whether it is a copy of an image that was trained on is not known.
    return row if cascade.known is None else row | {"known": None, "known_image": None, "trained_on": None}


def write_pictures(prediction, stem, folder):
    """Write an image's mask, and its CAMs at the mask's size, as grey PNGs."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("mask", "symmetry_cam", "lesion_cam"):
        grey = Image.fromarray(np.uint8(np.rint(255 * getattr(prediction, kind).astype(np.float32))))
        grey.resize(prediction.mask.shape, Image.Resampling.BILINEAR).save(folder / f"{stem}-{kind}.png")


def main():
    parser = argparse.ArgumentParser(description=f"Predict dermoscopic images. {TERMS}")
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="JPEG or PNG files")
    parser.add_argument("--out", type=Path, default=Path("predictions.csv"), help="the table, a CSV")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="write masks and CAMs there, named by SHA-256")
    arguments = parser.parse_args()
    if arguments.out.is_dir() or not os.access(arguments.out.absolute().parent, os.W_OK):
        parser.error(f"--out {arguments.out}: expected a file, in a folder that exists and may be written to")
    if arguments.pictures and arguments.pictures.exists() and not arguments.pictures.is_dir():
        parser.error(f"--pictures {arguments.pictures}: is a file; expected a folder")
    if folders := [str(path) for path in arguments.images if path.is_dir()]:
        parser.error(f"{folders[0]}: is a folder; give its images, as in {folders[0]}/*.jpg")
    print(TERMS)
    if cv2 is None:
        print("opencv-python-headless is missing: no hair is removed, and probabilities differ from the study's.")
    folder = Path(__file__).parent
    check(folder)
    cascade, rows = Cascade(folder), []
    for path in arguments.images:
        try:
            content = path.read_bytes()
            packed = cascade.prepare(content)
        except UNREADABLE as error:
            print(f"{path}: left out, {error}", file=sys.stderr)
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        prediction = cascade.predict(packed, sha256)
        rows.append(row_of(str(path), sha256, prediction, cascade))
        if arguments.pictures:
            write_pictures(prediction, sha256[:16], arguments.pictures)
    if not rows:
        sys.exit(f"no image was predicted; {arguments.out} is not written")
    known = sum(row.get("known") == "same" for row in rows)
    note = UNCHECKED if cascade.known is None else BY_FILE.format(known)
    with open(arguments.out, "w", newline="", encoding="utf-8") as file:
        file.write(f"# {TERMS}\n# {note}\n")
        # Names are quoted: they may have a "#", at which a reader that skips comments would stop.
        writer = csv.DictWriter(file, rows[0], quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        writer.writerows(rows)
    print(f"{arguments.out}: {len(rows)} predicted, {len(arguments.images) - len(rows)} left out. {note}")


if __name__ == "__main__":
    main()
