"""The table of class activation maps: one row per (image, variant), the map a fixed-shape tensor column."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from selcn.storage.artifacts import DamagedArtifactError, read_arrow, write_table

COLUMNS = ("image_id", "variant", "predicted", "empty", "fold")


class MissingCamError(KeyError):
    """A table of CAMs has no row for an image and variant that is asked for."""

    def __str__(self) -> str:
        # KeyError shows the repr of its message; this one is a sentence.
        return str(self.args[0])


def write_cams(frame: pd.DataFrame, cams: np.ndarray, path: str | Path) -> None:
    """Write class activation maps and what belongs to each.

    Parameters
    ----------
    frame
        N rows; columns image_id, variant, predicted (class), empty (bool: the map is zero everywhere), fold (int8: the
        fold whose network made it).
    cams
        Shape (N, h, w), float16, 0..1, row i for the frame's row i; h and w at least 1.

    Raises
    ------
    ValueError
        The frame lacks a column, repeats an (image, variant), or does not match the array; the array is not float16
        of three axes in 0..1.
    """
    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        raise ValueError(f"{path}: the frame lacks {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    if cams.ndim != 3 or cams.dtype != np.float16:
        raise ValueError(f"{path}: the CAMs are {cams.dtype} of shape {cams.shape}; expected float16 (N, h, w)")
    if len(frame) != len(cams):
        raise ValueError(f"{path}: {len(frame)} rows and {len(cams)} CAMs; expected one each")
    if cams.size and not (cams.min() >= 0 and cams.max() <= 1):
        raise ValueError(f"{path}: the CAMs have values in {cams.min()}..{cams.max()}; expected 0..1")
    repeated = frame.duplicated(["image_id", "variant"])
    if repeated.any():
        first = frame[repeated].iloc[0]
        raise ValueError(f"{path}: {first.image_id} ({first.variant}) is there twice; expected once")
    table = pa.Table.from_pandas(frame[list(COLUMNS)], preserve_index=False)
    write_table(table.add_column(2, "cam", _tensors(cams)), path)


def gather_cams(
    parts: Iterable[Sequence], table: pd.DataFrame, classes: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return what `write_cams` takes, from batches of what `selcn.cams.grad_cam.cam_of` returns.

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
    """Read class activation maps: the frame of `write_cams`, and the maps in its order.

    Returns
    -------
    frame : DataFrame
        Columns image_id, variant, predicted, empty, fold.
    cams : ndarray
        Shape (N, h, w), float16, 0..1.

    Raises
    ------
    DamagedArtifactError
        The file is not one that `write_cams` wrote.
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
    path: str | Path = "the table of CAMs",
) -> np.ndarray:
    """Return where each (image, variant) stands in a frame of `load_cams`.

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
        A pair has no row; the first such and the file are named.
    """
    if len(image_ids) != len(variants):
        raise ValueError(f"{len(image_ids)} image ids and {len(variants)} variants; expected pairs")
    wanted = pd.MultiIndex.from_arrays([list(image_ids), list(variants)])
    rows = pd.MultiIndex.from_frame(frame[["image_id", "variant"]]).get_indexer(wanted)
    absent = np.flatnonzero(rows < 0)
    if len(absent):
        image_id, variant = wanted[absent[0]]
        raise MissingCamError(
            f"{path}: no CAM of {image_id} ({variant}); {len(absent)} of the {len(wanted)} asked for are missing, "
            "expected one for every (image, variant) of the split table: delete it and run the same command again"
        )
    return rows.astype(np.int64)


def _tensors(cams: np.ndarray) -> pa.FixedShapeTensorArray:
    """Return maps (N, h, w) as an Arrow tensor array; N may be 0, which Arrow's own conversion refuses."""
    if len(cams):
        return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(cams))
    kind = pa.fixed_shape_tensor(pa.float16(), cams.shape[1:])
    return pa.ExtensionArray.from_storage(kind, pa.array([], kind.storage_type))
