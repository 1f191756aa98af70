"""A small study's report in the viewer's data format: two protocols, three cells and one that failed, 30 images."""

import base64
import io
import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader
from PIL import Image, ImageDraw

HTML = Path(__file__).resolve().parents[2] / "workflow_scripts/selcn/report/html"
CLASSES = ["bcc", "mel", "nv"]
NAMES = {"bcc": "basal cell carcinoma (bcc)", "mel": "melanoma (mel)", "nv": "melanocytic nevi (nv)"}
DATASETS = {"ham10000": "HAM10000", "symderm": "SymDerm v2.0"}
CELLS = {
    "cls-none_sym-off": "model 1: no mask, no CAMs",
    "cls-none_sym-lae": "model 4: no mask, CAMs of LAE box",
    "cls-none_sym-zeros": "sham control: zeros (no mask)",
}
FAILED = "cls-seg_sym-off"
SYMMETRY = {"none": "no mask", "seg": "segmentation mask", "lae": "LAE box"}
FOLDS = 4
IDS = [f"ISIC_{1000 + number}" for number in range(28)] + ["odd.id-1_x", "odd #50%+id"]
WITHOUT_TRUTH, WITHOUT_SHEET, EMPTY, ONE_PROTOCOL, ODD = IDS[0], IDS[1], IDS[3], IDS[4], IDS[29]

# A page with the variables that the viewer uses; a page.css beside viewer.css sets its own.
HARNESS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Report</title><style>
:root { color-scheme: light dark; --ground: #fff; --surface: #f3f4f6; --text: #1b1f24; --muted: #57606a;
  --line: #8c959f; --accent: #0b5cad; --accent-text: #fff; --good: #1a6e3c; --bad: #a3262a; --thesis: #b37100;
  --leakfree: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ground: #15181c; --surface: #22272e; --text: #e6e9ed; --muted: #a5adb8;
  --line: #6b7480; --accent: #6cb4ff; --accent-text: #0b1015; --good: #6fd08c; --bad: #ff938a; --thesis: #e69f00;
  --leakfree: #56b4e9; } }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; background: var(--ground);
  color: var(--text); } a { color: var(--accent); }
</style><style>%s</style></head><body><main><h1>Report</h1><section id="images"><h2>Images</h2>%s</section></main>
%s</body></html>
"""


def lesion(generator: np.random.Generator) -> tuple[Image.Image, list[tuple[float, float]]]:
    """Return a lesion on skin, and its outline in a frame of 0 to 1000."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radii = generator.uniform(200, 320) * (1 + 0.12 * np.sin(3 * angles + generator.uniform(0, 6)))
    points = [
        (float(500 + r * np.cos(a)), float(500 + 0.8 * r * np.sin(a))) for a, r in zip(angles, radii, strict=True)
    ]
    image = Image.new("RGB", (128, 128), (222, 178, 156))
    brown = tuple(int(part) for part in generator.integers((70, 40, 30), (150, 95, 75)))
    ImageDraw.Draw(image).polygon([(x * 0.128, y * 0.128) for x, y in points], fill=brown)
    return image, points


def data_url(image: Image.Image) -> str:
    """Return an image as WebP within a URL."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=60)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def outline(points: list[tuple[float, float]], shift: float = 0) -> str:
    """Return points as the data of an SVG path."""
    return "M" + "L".join(f"{x + shift:.1f},{y:.1f}" for x, y in points) + "Z"


def cam(generator: np.random.Generator, side: int, predicted: str, network: str, empty: bool = False) -> dict:
    """Return a CAM with one warm spot, by one network."""
    across, down = np.meshgrid(np.arange(side), np.arange(side))
    centre = generator.uniform(0.3, 0.7, 2) * side
    values = np.exp(-((across - centre[0]) ** 2 + (down - centre[1]) ** 2) / (side / 3) ** 2) * (not empty)
    packed = base64.b64encode((255 * values).astype(np.uint8).tobytes()).decode()
    return {"grid": [side, side], "cam": packed, "empty": empty, "predicted": predicted, "network": network}


@dataclass
class DrawnReport:
    """A report's folder and the values that were written to it."""

    folder: Path
    photographs: bool = True
    seed: int = 42
    galleries: dict = field(default_factory=dict)
    matrices: dict[str, dict] = field(default_factory=dict)
    sheets: dict[str, dict] = field(default_factory=dict)

    @property
    def index(self) -> Path:
        """The page."""
        return self.folder / "index.html"

    def write(self) -> "DrawnReport":
        """Write the page and its data, and return the report."""
        self.generator = np.random.default_rng(self.seed)
        self.folder.mkdir(parents=True)
        self.labels = "".join("01"[number % 2] if number < 4 else "2" for number in range(len(IDS)))
        for protocol, subset in product(("leakfree", "thesis"), ("test", "validation")):
            self._add_lesion_matrix(protocol, subset)
        self._add_symmetry_matrix()
        for image_id in (each for each in IDS if each != WITHOUT_SHEET):
            self._add_sheet(image_id)
        # The same image in another data set.
        self._script(f"sheets/symderm/{IDS[2]}", self._symmetry_sheet(self.sheets[IDS[2]]))
        self.galleries = self._galleries()
        self._script("galleries", self.galleries)
        style = "".join(path.read_text() for path in sorted((HTML / "assets").glob("*.css")))
        fragment = Environment(loader=FileSystemLoader(HTML / "templates"), autoescape=True).get_template(
            "images.html.j2"
        )
        inlined = "".join(
            f"<script>{path.read_text()}</script>" for path in sorted((HTML / "assets").glob("viewer*.js"))
        )
        self.index.write_text(HARNESS % (style, fragment.render(), inlined))
        return self

    def _script(self, name: str, value: dict) -> None:
        path = self.folder / f"{name}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"selcn.add({json.dumps(name)}, {json.dumps(value)});\n")

    def _model(self, labels: str, subset: str, classes: int = 3, constant: bool = False) -> dict:
        """Return a model's predictions; in validation each image has those of the network of its fold alone."""
        codes = "012"[:classes]
        drawn = self.generator.choice(list(codes), (FOLDS, len(labels)))
        drawn[:, : len(labels) // 2] = list(labels[: len(labels) // 2])
        if constant:
            drawn[:] = "2"
        if subset == "validation":
            drawn[np.arange(FOLDS)[:, None] != np.arange(len(labels)) % FOLDS] = "-"
        mean = [max(codes, key=list(column).count) for column in drawn.T]
        return {
            "networks": [f"seed 42, fold {fold}" for fold in range(FOLDS)],
            "predicted": ["".join(row) for row in drawn],
            "mean": "".join(mean),
            "probability": self.generator.permutation(10000)[: len(labels)].tolist(),
        }

    def _add_lesion_matrix(self, protocol: str, subset: str) -> None:
        """Add a matrix of HAM10000; the thesis's validation set has two variants of each image."""
        variants = ["original", "hflip"] if (protocol, subset) == ("thesis", "validation") else []
        labels = self.labels * max(len(variants), 1)
        models = {cell: self._model(labels, subset, constant="zeros" in cell) for cell in CELLS}
        rows = {"images": IDS * max(len(variants), 1), "labels": labels, "models": models}
        if variants:
            rows["variants"] = [variant for variant in variants for _ in IDS]
        self._add_matrix(
            {"protocol": protocol, "task": "lesion", "dataset": "ham10000", "subset": subset}, CLASSES, rows
        )

    def _add_symmetry_matrix(self) -> None:
        labels = "01" * 5
        models = {model: self._model(labels, "test", 2) for model in SYMMETRY}
        rows = {"images": [f"SYM_{number}" for number in range(10)], "labels": labels, "models": models}
        key = {"protocol": "leakfree", "task": "symmetry", "dataset": "symderm", "subset": "test"}
        self._add_matrix(key, ["asymmetric", "symmetric"], rows)

    def _add_matrix(self, key: dict, classes: list[str], rows: dict) -> None:
        name = f"matrices/{key['protocol']}-{key['dataset']}-{key['subset']}"
        self.matrices[name] = {**key, "classes": classes, **rows}
        self._script(name, self.matrices[name])

    def _protocol(self, image_id: str, protocol: str, points: list) -> dict:
        empty, label = image_id == EMPTY, CLASSES[int(self.labels[IDS.index(image_id)])]
        role = "Test set: no network of this protocol was trained on this image."
        box = [min(x for x, _ in points) - 20, min(y for _, y in points), max(x for x, _ in points), 800]
        probabilities = np.rint(1000 * self.generator.dirichlet([1, 1, 3], len(CELLS))).astype(int).tolist()
        return {
            "seen": [role] if protocol == "leakfree" else ["Training set: the networks of folds 1 to 3 have seen it."],
            "mask": "" if empty else outline(points, 25), "box": None if empty else box,
            "dice": None if image_id == WITHOUT_TRUTH else 0.93,
            "symmetry": {
                model: cam(self.generator, 15, "asymmetric", f"fold {fold}", empty)
                for fold, model in enumerate(SYMMETRY)
            },
            "lesion": {
                cell: cam(self.generator, 8, label if "off" in cell else "mel", f"seed 42, fold {fold}")
                for fold, cell in enumerate(CELLS, 1)
            },
            "probabilities": {"classes": CLASSES, "cells": {
                cell: {"mean": mean, "of": FOLDS}
                for cell, mean in zip(CELLS, probabilities, strict=True)
            }},
        }  # fmt: skip

    def _add_sheet(self, image_id: str) -> None:
        image, points = lesion(self.generator)
        protocols = ("leakfree",) if image_id == ONE_PROTOCOL else ("leakfree", "thesis")
        pictures = {"original": data_url(image), "hairless": data_url(image)} if self.photographs else {}
        sheet = {
            "dataset": "ham10000", "image_id": image_id, "label": CLASSES[int(self.labels[IDS.index(image_id)])],
            "lesion": "HAM_0001", "size": [600, 450], "aspect": 4 / 3, **pictures,
            "facts": [["Age", "65"], ["Site", "<b>back</b><img src=x onerror=alert(1)>"], ["Hair", "3.1 %"]],
            "truth": None if image_id == WITHOUT_TRUTH else outline(points),
            "protocols": {protocol: self._protocol(image_id, protocol, points) for protocol in protocols},
        }  # fmt: skip
        self.sheets[image_id] = sheet
        self._script(f"sheets/ham10000/{image_id}", sheet)

    def _symmetry_sheet(self, sheet: dict) -> dict:
        """Return a sheet as SymDerm's, whose images the symmetry models predict."""
        cells = {model: {"mean": [700 - 250 * k, 300 + 250 * k], "of": FOLDS} for k, model in enumerate(SYMMETRY)}
        probabilities = {"classes": ["asymmetric", "symmetric"], "cells": cells}
        protocols = {
            name: part | {"lesion": {}, "probabilities": probabilities} for name, part in sheet["protocols"].items()
        }
        return sheet | {"dataset": "symderm", "label": "asymmetric", "protocols": protocols}

    def _galleries(self) -> dict:
        worst = [{"dataset": "ham10000", "images": [each], "text": "Dice 0.12", "focus": "mask"} for each in IDS]
        pairs = [
            {"dataset": "ham10000", "datasets": ["ham10000"] * 2, "images": IDS[2:4], "text": "distance <3>"},
            {"dataset": "ham10000", "datasets": ["ham10000", "symderm"], "images": [IDS[2]] * 2, "text": "distance 0"},
        ]
        mistakes = [{"dataset": "ham10000", "images": [IDS[8]], "text": "mel 0.99", "focus": "lesion:cls-none_sym-lae"}]
        return {
            "sheets": {"ham10000": list(self.sheets), "symderm": [IDS[2]]},
            "datasets": DATASETS, "classes": NAMES, "models": SYMMETRY,
            "cells": {**CELLS, FAILED: "model 5: segmentation mask, no CAMs"}, "photographs": self.photographs,
            "matrices": [
                {"name": name, "title": f"{DATASETS[value['dataset']]}, {value['subset']}",
                 **{key: value[key] for key in ("protocol", "task", "dataset", "subset")}}
                for name, value in self.matrices.items()
            ],
            "galleries": [
                {"key": "worst_segmentations", "title": "Worst segmentations", "note": "Lowest Dice first.",
                 "views": [{"label": "leakfree", "protocol": "leakfree", "items": worst}]},
                {"key": "confident_mistakes", "title": "Confident mistakes", "note": "Highest probability first.",
                 "views": [{"label": f"{protocol}, model 4", "protocol": protocol, "items": mistakes,
                            "note": f"{number} of 30 images are misclassified."}
                           for number, protocol in enumerate(("leakfree", "thesis"), 1)]},
                {"key": "near_duplicates", "title": "Near-duplicates", "note": "Pairs of images.",
                 "views": [{"label": "HAM10000", "protocol": "leakfree", "items": pairs}]},
            ],
        }  # fmt: skip


def double_loop(matrix: dict, model: str, network: str) -> dict[tuple[str, str], list[str]]:
    """Return the image ids of each field, counted row by row; an image is repeated for each of its variants."""
    predictions = matrix["models"][model]
    at = predictions["networks"].index(network) if network != "mean" else None
    predicted = predictions["mean"] if at is None else predictions["predicted"][at]
    found: dict[tuple[str, str], list[str]] = {key: [] for key in product(matrix["classes"], repeat=2)}
    for number, image_id in enumerate(matrix["images"]):
        for (row, label), (column, other) in product(enumerate(matrix["classes"]), repeat=2):
            if matrix["labels"][number] == str(row) and predicted[number] == str(column):
                found[label, other].append(image_id)
    return found
