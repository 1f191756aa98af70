"""Rows of the tables that predictions are written to."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from selcn.design.classes import SYMMETRY_CLASSES
from selcn.prediction.files import ImageFile, Rejection
from selcn.prediction.result import ImagePrediction
from selcn.storage.artifacts import replacing, write_table

PREDICTIONS, REJECTED = "predictions", "rejected"
"""Names of the tables of predicted and of rejected files."""
REJECTED_SCHEMA = pa.schema([(name, pa.string()) for name in ("image", "reason", "advice")])


def schema_of(classes: Sequence[str]) -> pa.Schema:
    """Return the columns of the table of predictions."""
    bounds = ("", "_low", "_high")
    return pa.schema(
        [
            ("image", pa.string()),
            ("name", pa.string()),
            ("sha256", pa.string()),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("notes", pa.string()),
            ("predicted", pa.string()),
            *((f"prob_{label}{bound}", pa.float64()) for bound in bounds for label in classes),
            ("symmetry", pa.string()),
            ("symmetry_prob", pa.float32()),
            ("lesion_found", pa.bool_()),
            ("area_share", pa.float32()),
            *((edge, pa.int16()) for edge in ("x0", "y0", "x1", "y1")),
            ("hair_share", pa.float32()),
            ("segmentation_fold", pa.int8()),
            ("symmetry_fold", pa.int8()),
            ("unlike_score", pa.float64()),
            ("unlike", pa.bool_()),
            ("known", pa.string()),
            ("known_image", pa.string()),
            ("trained_on", pa.bool_()),
        ]
    )


def row_of(
    file: ImageFile,
    size: tuple[int, int],
    notes: Iterable[str],
    prediction: ImagePrediction,
    told: Mapping[str, Any],
) -> dict[str, Any]:
    """Return an image's row of the table of predictions.

    Parameters
    ----------
    size
        Width and height of the image as it was read, in pixels.
    notes
        What reading changed or ignored.
    told
        The bundle's metadata: `classes`.
    """
    classes, known = told["classes"], prediction.known
    bounds = {"": prediction.probabilities, "_low": prediction.low, "_high": prediction.high}
    symmetry = int(np.argmax(prediction.symmetry))
    return {
        "image": file.shown,
        "name": file.name,
        "sha256": prediction.sha256,
        "width": size[0],
        "height": size[1],
        "notes": "; ".join(notes),
        "predicted": classes[int(np.argmax(prediction.probabilities))],
        **{
            f"prob_{label}{bound}": float(value)
            for bound, values in bounds.items()
            for label, value in zip(classes, values, strict=True)
        },
        "symmetry": SYMMETRY_CLASSES[symmetry],
        "symmetry_prob": float(prediction.symmetry[symmetry]),
        "lesion_found": bool(prediction.lesion_found),
        "area_share": float(prediction.mask.mean()),
        **dict(zip(("x0", "y0", "x1", "y1"), map(int, prediction.box), strict=True)),
        "hair_share": float(prediction.hair_share),
        "segmentation_fold": int(prediction.segmentation_fold),
        "symmetry_fold": int(prediction.symmetry_fold),
        "unlike_score": float(prediction.unlike_score),
        "unlike": bool(prediction.unlike),
        "known": known and known.kind,
        "known_image": known and f"{known.dataset}/{known.image_id}",
        "trained_on": bool(known and known.trained_on),
    }


def rejected_row(file: ImageFile, rejection: Rejection) -> dict[str, str]:
    """Return a file's row of the table of rejected files."""
    return {"image": file.shown, "reason": rejection.reason, "advice": rejection.advice}


def write_tables(predictions: pa.Table, rejected: pa.Table, out: Path) -> None:
    """Write predictions.csv, predictions.parquet and rejected.csv."""
    write_table(predictions, out / f"{PREDICTIONS}.parquet")
    for name, table in ((PREDICTIONS, predictions), (REJECTED, rejected)):
        with replacing(out / f"{name}.csv") as temporary:
            # Quoted texts: a carriage return in a file's name would else end its line. `float_format` would make
            # texts of numbers.
            table.to_pandas().round(6).to_csv(temporary, index=False, quoting=csv.QUOTE_NONNUMERIC)
