"""Sheet with every stage of one image, from the supplied file to the lesion networks' CAMs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from selcn.data.images import read_image
from selcn.design.cells import cell_of
from selcn.design.class_names import class_name
from selcn.masks.lae import Box
from selcn.report.figures.lesion_cams import LesionImage, draw_cell
from selcn.report.figures.names import MASK_NAMES, SYMMETRY_NAMES
from selcn.report.figures.sources import Cam, CamTable, InputImages, NamedArray, indexed
from selcn.report.figures.style import GREEN, ORANGE, cam_colourbar, caption, outline, overlay, show, show_absent
from selcn.storage.artifacts import read_table

COLUMNS = 6
PANEL_INCHES = 2.15


@dataclass(frozen=True)
class SheetInputs:
    """The input files of a sheet, all of one data set.

    Attributes
    ----------
    index, hair, packed, splits, masks_manifest
        Tables: index, manifest of hair removal, manifest of packing, split table, manifest of masks.
    images, masks
        The shards' arrays: packed images, segmentation masks.
    packed_masks
        The shards' arrays of true masks; None for a data set without masks.
    cams
        The symmetry model's table of CAMs, for each of none, seg and lae.
    lesion_cams
        The table of CAMs of each ablation cell; empty without cells.
    """

    index: str
    hair: str
    images: Sequence[str]
    packed: str
    packed_masks: Sequence[str] | None
    splits: str
    masks: Sequence[str]
    masks_manifest: str
    cams: Mapping[str, str]
    lesion_cams: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """Contents of a sheet.

    Attributes
    ----------
    parts
        Role and folds, in words.
    hair_share
        Share of pixels detected as hair, 0..1.
    original, clean
        uint8 (H, W, 3) RGB, at the supplied size.
    inputs
        The networks' input for each of none, seg and lae, uint8 (S, S, 3) RGB.
    truth
        The true mask (S, S), 0/1; None where unknown.
    mask, box, lesion_found
        The segmentation mask (S, S), 0/1; the LAE box in pixels, half-open; whether a lesion was found.
    symmetry, lesion
        The CAM of each symmetry model and of each cell; None for a model without a CAM of this image.
    """

    image_id: str
    label: str
    parts: str
    hair_share: float
    original: np.ndarray
    clean: np.ndarray
    inputs: Mapping[str, np.ndarray]
    truth: np.ndarray | None
    mask: np.ndarray
    box: Box
    lesion_found: bool
    symmetry: Mapping[str, Cam | None]
    lesion: Mapping[str, Cam | None]

    @property
    def outlined(self) -> np.ndarray:
        """The mask to outline: the true mask where known, else the segmentation mask."""
        return self.mask if self.truth is None else self.truth


def read_sheet(image_id: str, inputs: SheetInputs) -> Sheet:
    """Read every stage of one image.

    Raises
    ------
    KeyError
        The index does not list the image.
    DamagedArtifactError
        A file differs from its manifest.
    """
    index = indexed(inputs.index)
    if image_id not in index.index:
        raise KeyError(
            f"{inputs.index}: no image {image_id} among {len(index)}; expected an image_id of the index "
            "(rejected.csv beside it lists rejected images with the reason)"
        )
    original, clean = index.loc[image_id], indexed(inputs.hair).loc[image_id]
    splits = read_table(inputs.splits)
    packed = InputImages.open(inputs.images, inputs.packed, inputs.masks, inputs.masks_manifest)
    return Sheet(
        image_id=image_id,
        label=original["label"],
        parts=describe_parts(splits[splits["image_id"] == image_id]),
        hair_share=float(clean["hair_share"]),
        original=read_image(original["path"], original["sha256"]),
        clean=read_image(Path(inputs.hair).parent / clean["path"], clean["sha256"]),
        inputs=packed[image_id],
        truth=_truth(image_id, inputs),
        mask=packed.masks[image_id],
        box=packed.box(image_id),
        lesion_found=bool(packed.boxes.loc[image_id, "lesion_found"]),
        symmetry={mask: _cam(path, image_id) for mask, path in inputs.cams.items()},
        lesion={cell: _cam(path, image_id) for cell, path in inputs.lesion_cams.items()},
    )


def describe_parts(rows: pd.DataFrame) -> str:
    """Return an image's role and folds in words.

    Parameters
    ----------
    rows
        The image's rows; columns variant, role, fold.
    """
    folded = rows[rows["fold"] >= 0]
    folds = ", ".join(f"{fold} ({', '.join(variants)})" for fold, variants in folded.groupby("fold")["variant"])
    return f"role {rows['role'].iloc[0]}, " + (f"fold {folds}" if folds else "no fold")


def draw_sheet(figure: Figure, sheet: Sheet) -> None:
    """Draw the stages in the order of the workflow, top to bottom."""
    rows = 2 + (len(MASK_NAMES) if sheet.lesion else 0)
    figure.set_size_inches(COLUMNS * PANEL_INCHES + 1.2, rows * (PANEL_INCHES + 0.4) + 1)
    figure.suptitle(
        f"{sheet.image_id}: {class_name(sheet.label)}; {sheet.parts}; hair {sheet.hair_share:.1%} of the image"
    )
    panels = figure.subplots(rows, COLUMNS)
    _draw_stages(panels[0], sheet)
    _draw_symmetry(panels[1], sheet)
    if sheet.lesion:
        _draw_lesion(panels[2:], sheet)
    cam_colourbar(figure, panels[1:], fraction=0.015, pad=0.01, aspect=30)
    caption(
        figure,
        "White line over the CAMs: the true lesion where known, else the segmentation mask. Below each CAM: the "
        "predicted class, which the CAM explains; for lesion models also the thesis's model number and whether the "
        "prediction is right.",
    )


def _draw_stages(panels: Sequence[Axes], sheet: Sheet) -> None:
    size = "{1} x {0} pixels".format
    show(panels[0], sheet.original, "Original file", size(*sheet.original.shape))
    show(panels[1], sheet.clean, "Hair removed", size(*sheet.clean.shape))
    show(panels[2], sheet.inputs["none"], "Packed", size(*sheet.inputs["none"].shape))
    if sheet.truth is None:
        show_absent(panels[3], "True lesion", "no true mask for this image")
    else:
        show(panels[3], sheet.truth, "True lesion", f"{sheet.truth.mean():.1%} of the image")
    found = f"{sheet.mask.mean():.1%} of the image" if sheet.lesion_found else "no lesion found"
    show(panels[4], sheet.mask, "Segmentation mask", found)
    show(panels[5], sheet.inputs["none"], "LAE box", "green: mask, orange: box" if sheet.lesion_found else found)
    outline(panels[5], sheet.mask, GREEN)
    x0, y0, x1, y1 = sheet.box
    # Pixel i covers i - 0.5 to i + 0.5 in the panel's coordinates.
    frame = Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, fill=False, edgecolor=ORANGE, lw=2, clip_on=False)
    panels[5].add_patch(frame)


def _draw_symmetry(panels: Sequence[Axes], sheet: Sheet) -> None:
    for pair, (mask, cam) in zip(np.asarray(panels).reshape(-1, 2), sheet.symmetry.items(), strict=True):
        show(pair[0], sheet.inputs[mask], f"Symmetry model's input:\n{MASK_NAMES[mask]}")
        if cam is None:
            show_absent(pair[1], "Grad-CAM++", "no CAM for this image")
            continue
        show(pair[1], overlay(sheet.inputs[mask], cam.map), "Grad-CAM++", f"predicted: {cam.predicted}{cam.remark}")
        outline(pair[1], sheet.outlined)


def _draw_lesion(rows: np.ndarray, sheet: Sheet) -> None:
    one = LesionImage(sheet.image_id, sheet.label, sheet.outlined, sheet.inputs, sheet.lesion)
    for panels, (mask, name) in zip(rows, MASK_NAMES.items(), strict=True):
        show(panels[0], sheet.inputs[mask])
        panels[0].set_ylabel(f"Lesion model: {name}")
        for panel, symmetry in zip(panels[1:], SYMMETRY_NAMES, strict=False):
            draw_cell(panel, one, cell_of(mask, symmetry))
        panels[-1].set_axis_off()
    rows[0, 0].set_title("Lesion model's input")
    for panel, (symmetry, name) in zip(rows[0, 1:], SYMMETRY_NAMES.items(), strict=False):
        panel.set_title(name if symmetry == "off" else f"Symmetry model:\n{name}")


def _truth(image_id: str, inputs: SheetInputs) -> np.ndarray | None:
    manifest = indexed(inputs.packed)
    if inputs.packed_masks is None or not manifest.loc[image_id, "has_mask"]:
        return None
    return NamedArray.open(inputs.packed_masks, manifest)[image_id]


def _cam(path: str, image_id: str) -> Cam | None:
    table = CamTable.open(path)
    return table[image_id] if image_id in table.image_ids else None
