"""How predictions by a bundle's ONNX models and script differ from the library's.

    python benchmarks/compare_onnx.py BUNDLE data/HAM10000 docs/results/prediction --name onnx-200x150

Compared twice: given the same packed images, and from the image files on, each prepared by its own code. Known images
count as new, as the script recognises files alone; both then use the same folds.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE)]

from benchmarks.machine import describe_machine, versions  # noqa: E402
from selcn.prediction.cascade import BATCH, Cascade  # noqa: E402
from selcn.prediction.onnx import predict  # noqa: E402
from selcn.prediction.result import ImagePrediction  # noqa: E402 (its folder must be on the path)

# Without OpenCV the script removes no hair, and Pillow resizes.
WITHOUT_OPENCV = "without_opencv"


CAMS = ("symmetry_cam", "lesion_cam")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("images", type=Path, help="folder of images")
    parser.add_argument("target", type=Path, help="folder of the results")
    parser.add_argument("--name", default="onnx", help="of the results' file")
    parser.add_argument("--count", type=int, default=1000, help="most images")
    arguments = parser.parse_args()
    paths = images_in(arguments.images, arguments.count)
    library, script = replace(Cascade.load(arguments.bundle, "cpu"), known=None), predict.Cascade(arguments.bundle)
    script.known = None
    prepared = [library.prepare(path) for path in paths]
    begun = time.perf_counter()
    expected = [each for batch in in_batches(prepared) for each in library.predict_prepared(batch)]
    middle = time.perf_counter()
    packed = [script.predict(image.packed, image.sha256) for image in prepared]
    seconds = {"library_in_batches": middle - begun, "script_one_by_one": time.perf_counter() - middle}
    ours = [script.prepare(path.read_bytes()) for path in paths]
    files = [script.predict(image, each.sha256) for image, each in zip(ours, prepared, strict=True)]
    predict.cv2 = None
    bare = [
        script.predict(script.prepare(path.read_bytes()), each.sha256)
        for path, each in zip(paths, prepared, strict=True)
    ]
    result = {
        "machine": describe_machine(),
        "versions": versions(),
        "bundle": arguments.bundle.name,
        "images": len(paths),
        "precision": library.bundle.metadata["onnx"]["precision"],
        "same_packed_images": differences(packed, expected),
        "from_the_files_on": differences(files, expected)
        | {"packed_differently": sum(not np.array_equal(a, b.packed) for a, b in zip(ours, prepared, strict=True))},
        WITHOUT_OPENCV: differences(bare, expected),
        "images_a_second_of_the_networks": {name: len(paths) / value for name, value in seconds.items()},
    }
    arguments.target.mkdir(parents=True, exist_ok=True)
    (arguments.target / f"{arguments.name}.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def images_in(folder: Path, count: int) -> list[Path]:
    """Return the first JPEG files of a folder by name, `count` at most; HAM10000's PNG files are masks."""
    return sorted(folder.rglob("*.jpg"))[:count]


def in_batches(prepared: Sequence) -> list[Sequence]:
    return [prepared[start : start + BATCH] for start in range(0, len(prepared), BATCH)]


def differences(found: Sequence, expected: Sequence[ImagePrediction | SimpleNamespace]) -> dict[str, float]:
    """Return largest, median and 99th percentile of images' largest differences, and the share of equal mask pixels."""
    pairs = list(zip(found, expected, strict=True))

    def largest(name: str) -> np.ndarray:
        return np.array([np.abs(getattr(a, name).astype(float) - getattr(b, name)).max() for a, b in pairs])

    probabilities = largest("probabilities")
    return {
        "probability_of_a_network_largest": float(largest("networks").max()),
        "probability_largest": float(probabilities.max()),
        "probability_median": float(np.median(probabilities)),
        "probability_99th_percentile": float(np.quantile(probabilities, 0.99)),
        "probability_within_0.01": float((probabilities <= 0.01).mean()),
        "predicted_class_changed": float(
            np.mean([a.probabilities.argmax() != b.probabilities.argmax() for a, b in pairs])
        ),
        "symmetry_probability_largest": float(largest("symmetry").max()),
        "mask_pixels_equal": float(np.mean([(a.mask == b.mask).mean() for a, b in pairs])),
        "mask_pixels_equal_least": float(min((a.mask == b.mask).mean() for a, b in pairs)),
        **{f"{name}_largest": float(largest(name).max()) for name in CAMS},
        **{f"{name}_within_0.001": float((largest(name) <= 0.001).mean()) for name in CAMS},
        "unlike_score_largest_relative": float(
            max(abs(a.unlike_score - b.unlike_score) / b.unlike_score for a, b in pairs)
        ),
    }


if __name__ == "__main__":
    main()
