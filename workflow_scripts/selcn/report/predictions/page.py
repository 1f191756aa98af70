"""The page of a folder's predictions: a summary, the images as cards, and the rejected files."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from selcn.design.class_names import class_name
from selcn.design.prediction_marks import MARKS, UNLIKE_MEANING, marks_of, unlike_score
from selcn.design.terms import DEMO_WARNING, RESEARCH_USE
from selcn.report.html.rendering import environment_of, joined
from selcn.report.predictions.digest import FOLDER, SCRIPT, STYLES, TEMPLATE
from selcn.report.viewer_data.scripts import write_script
from selcn.storage.artifacts import replacing

PAGE, DATA = "index.html", "images"
"""The page, and the script beside it that holds its images."""
# Rows of the table of rejected files.
MOST_REJECTED = 200


def write_page(
    predictions: pa.Table,
    rejected: pa.Table,
    told: Mapping[str, Any],
    folder: str,
    pictures: Mapping[str, str],
    out: Path,
) -> None:
    """Write index.html and the script of its images.

    Parameters
    ----------
    predictions, rejected
        Tables of `selcn.prediction.rows`.
    told
        The bundle's metadata.
    folder
        The folder of the images, as its reader knows it.
    pictures
        Paths of an image's pictures below `out`, by kind, `{}` for its name.
    """
    rows = predictions.to_pylist()
    write_script(DATA, data_of(rows, told, pictures), out / f"{DATA}.js")
    page = environment_of(FOLDER).get_template(TEMPLATE.name)
    text = page.render(
        folder=folder,
        told=told,
        warning=DEMO_WARNING if told.get("demo") else "",
        use=RESEARCH_USE,
        summary=summary_of(predictions, rejected),
        classes=classes_of(predictions, told["classes"]),
        rejected=rejected.slice(0, MOST_REJECTED).to_pylist(),
        marks=MARKS,
        unlike=UNLIKE_MEANING,
        names={label: class_name(label) for label in told["classes"]},
        data=f"{DATA}.js",
        styles=joined(list(STYLES)),
        scripts=joined([SCRIPT]),
    )
    with replacing(out / PAGE) as temporary:
        temporary.write_text(text, encoding="utf-8")


def data_of(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any], pictures: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's script shows of each image, as lists in the order of `columns`."""
    classes = told["classes"]
    return {
        "classes": list(classes),
        "names": {label: class_name(label) for label in classes},
        "marks": MARKS,
        "pictures": dict(pictures),
        "columns": ["image", "name", "predicted", "probabilities", "low", "high", "marks", "facts"],
        "images": [
            [
                row["image"],
                row["name"],
                classes.index(row["predicted"]),
                *([rounded(row[f"prob_{label}{bound}"]) for label in classes] for bound in ("", "_low", "_high")),
                marks_of(row),
                facts_of(row, told["unlike"]["threshold"]),
            ]
            for row in rows
        ],
    }


def facts_of(row: Mapping[str, Any], threshold: float) -> list[tuple[str, str]]:
    """Return what else the page says of an image; `threshold`: the score above which one is marked as unlike."""
    lesion = f"{row['area_share']:.1%} of the image" if row["lesion_found"] else "none found"
    return [
        ("Symmetry", f"{row['symmetry']}, probability {row['symmetry_prob']:.3f}"),
        ("Lesion", lesion),
        ("Hair removed", f"{row['hair_share']:.1%} of the image"),
        ("Unlike score", unlike_score(row["unlike_score"], threshold)),
        ("SHA-256", row["sha256"]),
    ]


def rounded(value: float) -> float | None:
    """Return a probability with four digits; None where it is not finite."""
    return round(value, 4) if math.isfinite(value) else None


def summary_of(predictions: pa.Table, rejected: pa.Table) -> dict[str, int]:
    """Return the numbers of the summary."""
    counted = {
        "unlike": predictions["unlike"],
        "known": pc.is_valid(predictions["known"]),
        "trained_on": predictions["trained_on"],
        "no_lesion": pc.invert(predictions["lesion_found"]),
        "noted": pc.not_equal(predictions["notes"], ""),
    }
    return {
        "images": len(predictions),
        "rejected": len(rejected),
        **{name: pc.sum(column).as_py() or 0 for name, column in counted.items()},
    }


def classes_of(predictions: pa.Table, classes: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return each class's name, and how many images predicted as it are not, and are, unlike the training data."""
    counts = predictions.group_by(["predicted", "unlike"]).aggregate([([], "count_all")]).to_pylist()
    found = {(row["predicted"], row["unlike"]): row["count_all"] for row in counts}
    return [(class_name(label), found.get((label, False), 0), found.get((label, True), 0)) for label in classes]
