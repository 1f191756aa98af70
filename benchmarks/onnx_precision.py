"""What float16 and int8 weights cost: how predictions by a bundle's ONNX models differ from those in float32.

    python benchmarks/onnx_precision.py BUNDLE data/HAM10000 docs/results/prediction --name precision-200x150

Needs a bundle with `bundle.precision: float32`: its models are stored in the other precisions as the rule write_bundle
does, and predict the same images, prepared once.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnx
from scipy.stats import binomtest

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE)]

from benchmarks.compare_onnx import differences, images_in  # noqa: E402
from benchmarks.machine import describe_machine, versions  # noqa: E402
from selcn.prediction.bundle import METADATA, Bundle  # noqa: E402
from selcn.prediction.onnx import predict  # noqa: E402
from selcn.prediction.onnx.precision import FULL, PRECISIONS, store_weights  # noqa: E402
from selcn.storage.artifacts import read_json  # noqa: E402 (its folder must be on the path)

LEVEL = 0.95
HEAD = (
    "ONNX files, MB",
    "another predicted class (95 % interval)",
    "median difference of a probability",
    "largest",
    "equal mask pixels",
    "fewest in an image",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("images", type=Path, help="folder of images")
    parser.add_argument("target", type=Path, help="folder of the results")
    parser.add_argument("--name", default="precision", help="of the results' files")
    parser.add_argument("--count", type=int, default=1000, help="most images")
    arguments = parser.parse_args()
    Bundle.load(arguments.bundle)
    costs = compare(arguments.bundle, images_in(arguments.images, arguments.count))
    machine = {"machine": describe_machine(), "versions": versions(), "bundle": arguments.bundle.name}
    arguments.target.mkdir(parents=True, exist_ok=True)
    (arguments.target / f"{arguments.name}.json").write_text(json.dumps(machine | costs, indent=2) + "\n")
    (arguments.target / f"{arguments.name}.md").write_text(markdown(costs))
    print(markdown(costs))


def compare(bundle: Path, paths: Sequence[Path]) -> dict[str, Any]:
    """Return the number of images, and by precision the megabytes of its models and what it changes.

    Raises
    ------
    SystemExit
        The bundle's models are not in float32, or there are no images.
    """
    found = read_json(bundle / METADATA)["onnx"]["precision"]
    if found != FULL:
        sys.exit(f"{bundle}: its ONNX models are in {found}, expected {FULL}; write it with bundle.precision: {FULL}")
    if not paths:
        sys.exit("no .jpg file in the folder of images; name another one")
    full = predict.Cascade(bundle)
    prepared = [full.prepare(path.read_bytes()) for path in paths]
    expected = predicted(full, paths, prepared)
    costs: dict[str, Any] = {FULL: {"megabytes": megabytes(bundle)}}
    for precision in PRECISIONS[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            smaller = stored_in(bundle, precision, Path(temporary))
            changed: dict[str, Any] = differences(predicted(predict.Cascade(smaller), paths, prepared), expected)
            share = binomtest(round(changed["predicted_class_changed"] * len(paths)), len(paths))
            changed["predicted_class_changed_interval"] = share.proportion_ci(LEVEL, "wilson")
            costs[precision] = {"megabytes": megabytes(smaller), **changed}
    return {"images": len(paths), "precisions": costs}


def predicted(cascade: predict.Cascade, paths: Sequence[Path], prepared: Sequence) -> list[SimpleNamespace]:
    """Return predictions of prepared images; each name stands for a hash of its file, so that folds are equal."""
    return [cascade.predict(image, path.name) for path, image in zip(paths, prepared, strict=True)]


def stored_in(bundle: Path, precision: str, folder: Path) -> Path:
    """Write what the script reads of a bundle into a folder, its models in another precision; return the folder."""
    for name in (METADATA, "hair_mask.py"):
        shutil.copyfile(bundle / name, folder / name)
    (folder / "onnx").mkdir()
    for path in (bundle / "onnx").iterdir():
        model = onnx.load(path)
        # That of the score of unlike images is always in float32.
        store_weights(model, FULL if path.stem == "unlike" else precision)
        onnx.save(model, folder / "onnx" / path.name)
    return folder


def megabytes(folder: Path) -> float:
    """Return the size of a bundle's ONNX models."""
    return sum(path.stat().st_size for path in (folder / "onnx").iterdir()) / 1e6


def markdown(costs: Mapping[str, Any]) -> str:
    """Return a table of what each precision costs."""
    lines = [f"{costs['images']} images; differences from float32.", "", f"| precision | {' | '.join(HEAD)} |"]
    lines.append("| --- " * (1 + len(HEAD)) + "|")
    for precision, cost in costs["precisions"].items():
        cells = [precision, f"{cost['megabytes']:.1f}"]
        if precision == FULL:
            cells += [""] * (len(HEAD) - 1)
        else:
            low, high = (100 * bound for bound in cost["predicted_class_changed_interval"])
            cells.append(f"{100 * cost['predicted_class_changed']:.1f} % ({low:.1f} to {high:.1f})")
            cells += [f"{cost[name]:.2g}" for name in ("probability_median", "probability_largest")]
            cells += [f"{100 * cost[name]:.2f} %" for name in ("mask_pixels_equal", "mask_pixels_equal_least")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
