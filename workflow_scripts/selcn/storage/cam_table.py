"""CAM tables: one row per (image, variant), with the class activation map in a fixed-shape tensor column."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from selcn.storage.artifacts import DamagedArtifactError, read_arrow, write_table

COLUMNS = ("image_id", "variant", "predicted", "empty", "fold")
GIVER = "giver"
"""Further column of the sham control `shuffled`: the image whose CAM the image is given."""


class MissingCamError(KeyError):
    """A CAM table has no row for a requested image and variant."""

    def __str__(self) -> str:
        # KeyError would show the message in quotes.
        return str(self.args[0])


def write_cams(frame: pd.DataFrame, cams: np.ndarray, path: str | Path) -> None:
    """Write a CAM table.

    Parameters
    ----------
    frame
        N rows; columns image_id, variant, predicted (class), empty (bool: the map is zero everywhere), fold (int8: the
        fold whose network computed it); `giver` (image_id) where the CAM is another image's.
    cams
        Shape (N, h, w), float16, 0..1, one map per row of the frame; h and w at least 1.

    Raises
    ------
    ValueError
        The frame lacks a column, repeats an (image, variant), or does not match the array; the array is not float16
        of three axes in 0..1.
    """
    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        raise ValueError(f"{path}: the frame lacks the columns {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    if cams.ndim != 3 or cams.dtype != np.float16:
        raise ValueError(f"{path}: the CAMs are {cams.dtype} of shape {cams.shape}; expected float16 (N, h, w)")
    if len(frame) != len(cams):
        raise ValueError(f"{path}: {len(frame)} rows and {len(cams)} CAMs; expected one CAM per row")
    if cams.size and not (cams.min() >= 0 and cams.max() <= 1):
        raise ValueError(f"{path}: the CAMs have values in {cams.min()}..{cams.max()}; expected 0..1")
    repeated = frame.duplicated(["image_id", "variant"])
    if repeated.any():
        first = frame[repeated].iloc[0]
        raise ValueError(f"{path}: {first.image_id} ({first.variant}) is listed twice; expected once")
    kept = [*COLUMNS, *([GIVER] if GIVER in frame else [])]
    table = pa.Table.from_pandas(frame[kept], preserve_index=False)
    write_table(table.add_column(2, "cam", _tensors(cams)), path)


def gather_cams(
    parts: Iterable[Sequence], table: pd.DataFrame, classes: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Collect the batches of `selcn.cams.grad_cam.cam_of` into the arguments of `write_cams`.

    Parameters
    ----------
    parts
        Tensors (cam, empty, logits) of each batch, together N rows.
    table
        image_id, variant and fold of the N rows.
    classes
        Names in the order of the logits.
    """
    cams, empty, predicted = [], [], []
    for cam, none, logits in parts:
        cams.append(cam.half().cpu().numpy())
        empty.append(none.cpu().numpy())
        predicted.append(logits.argmax(1).cpu().numpy())
    labels = np.array(classes)[np.concatenate(predicted)]
    frame = table[["image_id", "variant", "fold"]].assign(predicted=labels, empty=np.concatenate(empty))
    return frame, np.concatenate(cams)


def load_cams(path: str | Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Read a CAM table: the frame of `write_cams`, and the maps in its order.

    Returns
    -------
    frame : DataFrame
        Columns image_id, variant, predicted, empty, fold; giver in a table of other images' CAMs.
    cams : ndarray
        Shape (N, h, w), float16, 0..1.

    Raises
    ------
    DamagedArtifactError
        The file is damaged or not a CAM table.
    """
    table = read_arrow(path)
    if "cam" not in table.column_names or not isinstance(table.schema.field("cam").type, pa.FixedShapeTensorType):
        raise DamagedArtifactError(
            f"{path}: no fixed-shape tensor column 'cam' among {', '.join(table.column_names)}; "
            "delete it and run the same command again"
        )
    kind = table.schema.field("cam").type
    chunks = [chunk.to_numpy_ndarray() for chunk in table["cam"].chunks if len(chunk)]
    cams = np.concatenate(chunks) if chunks else np.zeros((0, *kind.shape), kind.value_type.to_pandas_dtype())
    return table.drop_columns(["cam"]).to_pandas(), cams


def rows_of(
    frame: pd.DataFrame,
    image_ids: Sequence[str],
    variants: Sequence[str],
    path: str | Path = "the CAM table",
) -> np.ndarray:
    """Return the row of each (image, variant) in a frame of `load_cams`.

    Parameters
    ----------
    image_ids, variants
        M names each, taken in pairs.
    path
        The table's file, named in the error.

    Returns
    -------
    ndarray
        Shape (M,), int64: row numbers, from 0, in the order of the pairs.

    Raises
    ------
    MissingCamError
        A pair has no row; the message names the file and the first such pair.
    """
    if len(image_ids) != len(variants):
        raise ValueError(f"{len(image_ids)} image ids and {len(variants)} variants; expected pairs")
    wanted = pd.MultiIndex.from_arrays([list(image_ids), list(variants)])
    rows = pd.MultiIndex.from_frame(frame[["image_id", "variant"]]).get_indexer(wanted)
    absent = np.flatnonzero(rows < 0)
    if len(absent):
        image_id, variant = wanted[absent[0]]
        raise MissingCamError(
            f"{path}: no CAM of {image_id} ({variant}); {len(absent)} of the {len(wanted)} requested are missing, "
            "expected one for each (image, variant) of the split table; delete the file and run the same command again"
        )
    return rows.astype(np.int64)


def _tensors(cams: np.ndarray) -> pa.FixedShapeTensorArray:
    """Return maps (N, h, w) as an Arrow tensor array; N may be 0, which Arrow's own conversion rejects."""
    if len(cams):
        return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(cams))
    kind = pa.fixed_shape_tensor(pa.float16(), cams.shape[1:])
    return pa.ExtensionArray.from_storage(kind, pa.array([], kind.storage_type))
