"""Files of our values as the tables read them, where the thesis's values are, and the rows of a table as written."""

import json
from collections.abc import Iterable
from pathlib import Path

THESIS = Path(__file__).parents[1] / "resources" / "thesis"
SYMMETRY = ("balanced_accuracy", "kappa", "weighted_precision", "weighted_recall", "weighted_f1")
LESION = ("accuracy", "kappa", "macro_precision", "macro_recall", "macro_f1")


def write(path: Path, value: object) -> Path:
    """Write a value as JSON, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def folds(mean: float, sd: float = 0.01, count: int = 4) -> dict:
    """Return a metric's summary over folds."""
    return {"mean": mean, "sd": sd, "folds": [mean] * count}


def scores(metrics: tuple[str, ...], mean: float, count: int = 4) -> dict:
    """Return the summaries of metrics that all have one mean."""
    return {metric: folds(mean, count=count) for metric in metrics}


def lesion_file(root: Path, cell: str, mean: float, **more: object) -> Path:
    """Write the metrics of a lesion model whose test metrics all have one mean."""
    value = {
        "validation": scores(LESION, mean + 0.01),
        "test": scores(LESION, mean),
        "images": {"validation": 9516, "test": 2003},
    }
    return write(root / "lesion" / "ham10000" / cell / "metrics.json", {**value, **more})


def by_model(files: Iterable[Path]) -> dict[str, Path]:
    """Return files by the folders that they lie in, which the functions here name after the model."""
    return {path.parent.name: path for path in files}


def localisation(iou: float = 0.3, **more: object) -> dict:
    """Return what a localisation file holds, but for the values given."""
    return {
        "iou_mean": iou,
        "iou_sd": 0.1,
        "overlap_mean": 0.9,
        "overlap_sd": 0.2,
        "pointing_game": 0.8,
        "pointing_game_undilated": 0.7,
        "images": 2000,
        "empty_cams": 4,
        "empty_masks": 3,
        **more,
    }


def rows_of(markdown: str) -> list[list[str]]:
    """Return the cells of the Markdown's tables, heads included, rules not."""
    lines = [line for line in markdown.splitlines() if line.startswith("|") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
