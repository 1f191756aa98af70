"""Batches of network input, drawn from packed arrays on the device."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from selcn.stack import RowFile, Stack
from selcn.training.settings import InputSettings

# Share of the free GPU memory that packed arrays may take; the rest is the network's.
RESIDENT_SHARE = 0.5


class BoxMasks:
    """Masks that keep a box of each image, made as they are asked for.

    Parameters
    ----------
    boxes
        (N, 4) integers: x0, y0, x1, y1 in pixels, half-open.
    size
        Side of the square masks, in pixels.
    """

    def __init__(self, boxes: torch.Tensor, size: int) -> None:
        self._boxes, self._size = boxes, size
        self.shape = (len(boxes), size, size)

    def of(self, rows: torch.Tensor, device: torch.device) -> torch.Tensor:
        """Return the masks of some images, (B, S, S) uint8, 1 inside the box, else 0."""
        x0, y0, x1, y1 = self._boxes[rows].to(device).view(-1, 4, 1).unbind(1)
        place = torch.arange(self._size, device=device)
        across, down = (place >= x0) & (place < x1), (place >= y0) & (place < y1)
        return (down[:, :, None] & across[:, None]).to(torch.uint8)


Rows = torch.Tensor | RowFile | Stack | BoxMasks


def resident(array: np.ndarray | RowFile | Stack | BoxMasks, device: torch.device) -> Rows:
    """Return an array as a tensor on the device where it fits there; else as it is, to be read row by row."""
    if isinstance(array, np.ndarray):
        array = torch.from_numpy(array)
        return array.to(device) if _fits(array.nbytes, device) else array
    if isinstance(array, BoxMasks) or not _fits(array.nbytes, device):
        return array
    return torch.from_numpy(array[np.arange(len(array))]).to(device)


def _fits(size: int, device: torch.device) -> bool:
    return device.type == "cuda" and size < RESIDENT_SHARE * torch.cuda.mem_get_info(device)[0]


def gather(array: Rows, rows: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return `array[rows]` on the device, wherever the array lives."""
    if isinstance(array, BoxMasks):
        return array.of(rows, device)
    if isinstance(array, torch.Tensor):
        return array[rows.to(array.device)].to(device, non_blocking=True)
    return torch.from_numpy(array[rows.numpy()]).to(device, non_blocking=True)


@dataclass(frozen=True)
class Pixels:
    """The packed images of one data set, and the masks to lay over them where the network's input is masked.

    Attributes
    ----------
    images
        (N, S, S, 3) uint8, RGB.
    masks
        (N, S, S) uint8, 0 or 1; None leaves the images whole.
    settings
        Size and normalisation of the network's input.
    device
        Where batches are made.
    """

    images: Rows
    masks: Rows | None
    settings: InputSettings
    device: torch.device

    def raw(self, rows: torch.Tensor, variants: torch.Tensor) -> torch.Tensor:
        """Return masked images in their variants, (B, 3, S, S) float32 in 0..255; masked pixels are black."""
        variants = variants.to(self.device)
        images = gather(self.images, rows, self.device).permute(0, 3, 1, 2).float()
        if self.masks is not None:
            images = images * gather(self.masks, rows, self.device)[:, None]
        return vary_batch(images, variants)

    def network_input(self, raw: torch.Tensor) -> torch.Tensor:
        """Resize and normalise raw images: (B, 3, S, S) in 0..255 to (B, 3, size, size)."""
        mean = torch.tensor(self.settings.mean, device=raw.device).view(1, 3, 1, 1)
        std = torch.tensor(self.settings.std, device=raw.device).view(1, 3, 1, 1)
        return (resized(raw, self.settings.size) / 255 - mean) / std

    def batch(self, rows: torch.Tensor, variants: torch.Tensor) -> torch.Tensor:
        """Return network input, (B, 3, size, size), for packed rows in their variants."""
        return self.network_input(self.raw(rows, variants))


def vary_batch(batch: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """Return each item of a batch in a variant of its own.

    Parameters
    ----------
    batch
        Shape (B, ..., S, S), height and width last and equal.
    codes
        Shape (B,), integers: indices into `selcn.variants.VARIANTS`.
    """
    out = batch.clone()
    for code, turn in ((1, lambda x: x.flip(-2)), (2, lambda x: x.flip(-1)), (3, lambda x: x.rot90(1, (-2, -1)))):
        chosen = codes == code
        if chosen.any():
            out[chosen] = turn(batch[chosen])
    return out


def resized(batch: torch.Tensor, size: int) -> torch.Tensor:
    """Resize (B, C, S, S) to (B, C, size, size), averaging over the pixels that shrinking merges."""
    if batch.shape[-1] == size:
        return batch
    return F.interpolate(batch, size=(size, size), mode="bilinear", antialias=size < batch.shape[-1])


def augment(kind: str, generator: torch.Generator, *batches: torch.Tensor) -> list[torch.Tensor]:
    """Turn and flip each item at random, the same way in every batch given, so that masks and CAMs turn along.

    Parameters
    ----------
    kind
        `none`, or `dihedral`: one of the eight symmetries of the square.
    generator
        On the CPU, so that the draw is the same on every device.
    batches
        Each (B, C, H, W), square.

    Raises
    ------
    ValueError
        `kind` is neither.
    """
    if kind == "none":
        return list(batches)
    if kind != "dihedral":
        raise ValueError(f"unknown augmentation {kind!r}; expected none or dihedral")
    turns = torch.randint(4, (len(batches[0]),), generator=generator)
    flips = torch.randint(2, (len(batches[0]),), generator=generator).bool()
    out = []
    for batch in batches:
        items = [item.rot90(int(turn), (-2, -1)) for item, turn in zip(batch, turns, strict=True)]
        out.append(torch.stack([x.flip(-1) if flip else x for x, flip in zip(items, flips, strict=True)]))
    return out
