"""Network input: batches made on the device from packed images and masks."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeAlias

import numpy as np
import torch
from torch.nn import functional as F

from selcn.data.variants import VARIANTS, vary_array
from selcn.networks.settings import InputSettings
from selcn.storage.row_arrays import RowFile, ShardedArray
from selcn.training.ahead import ReadAhead, read

CPU = torch.device("cpu")


class BoxMasks:
    """Masks of one box per image, such as LAE boxes, made on request.

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
        self.device = boxes.device

    def to(self, device: torch.device) -> "BoxMasks":
        """Return the same masks, made on a device."""
        return BoxMasks(self._boxes.to(device), self._size)

    def of(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the masks of images, (B, S, S) uint8, 1 inside the box, else 0."""
        x0, y0, x1, y1 = self._boxes[rows].view(-1, 4, 1).unbind(1)
        place = torch.arange(self._size, device=self.device)
        across, down = (place >= x0) & (place < x1), (place >= y0) & (place < y1)
        return (down[:, :, None] & across[:, None]).to(torch.uint8)


Rows: TypeAlias = torch.Tensor | RowFile | ShardedArray | BoxMasks | ReadAhead


def place_of(*arrays: Rows | None) -> torch.device:
    """Return the device for row numbers: that of all arrays, or the CPU if some are read row by row."""
    places = [getattr(array, "device", CPU) for array in arrays if array is not None]
    return places[0] if len(set(places)) == 1 else CPU


def gather(array: Rows, rows: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return `array[rows]` on the device, wherever the array is; without synchronising if it is on a GPU.

    Parameters
    ----------
    rows
        (B,) int64; on the CPU if the array is.
    """
    if isinstance(array, ReadAhead):
        return array.of(rows)
    if isinstance(array, BoxMasks):
        return array.of(on(array.device, rows)).to(device)
    if isinstance(array, torch.Tensor) and array.is_cuda:
        return array[on(array.device, rows)]
    return on(device, read(array, rows))


def on(device: torch.device, tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor on the device, without waiting for a copy from the CPU to a GPU."""
    return tensor.to(device, non_blocking=True)


@dataclass(frozen=True)
class Pixels:
    """The packed images of one data set, and their masks if the network's input is masked.

    Attributes
    ----------
    images
        (N, S, S, 3) uint8, RGB.
    masks
        (N, S, S) uint8, 0 or 1; None for unmasked input.
    settings
        Size and normalisation of the network's input.
    device
        The device that batches are made on.
    """

    images: Rows
    masks: Rows | None
    settings: InputSettings
    device: torch.device

    @property
    def arrays(self) -> list[Rows]:
        """The images and, if any, the masks."""
        return [self.images] if self.masks is None else [self.images, self.masks]

    def sources(self, rows: torch.Tensor) -> list[tuple[Rows, torch.Tensor]]:
        """Return the arrays, each with the packed row of every sample, (n,), for reading ahead."""
        return [(array, rows) for array in self.arrays]

    def raw(self, rows: torch.Tensor, variants: torch.Tensor) -> torch.Tensor:
        """Return masked images in their variants, (B, 3, S, S) float32 in 0..255; masked pixels are black."""
        images = gather(self.images, rows, self.device)
        if self.masks is not None:
            images = images * gather(self.masks, rows, self.device)[..., None]
        return vary_batch(images.permute(0, 3, 1, 2), on(self.device, variants)).float()

    def network_input(self, raw: torch.Tensor) -> torch.Tensor:
        """Resize and normalise raw images: (B, 3, S, S) in 0..255 to (B, 3, size, size)."""
        mean, std = self._scale
        return (resized(raw, self.settings.size) / 255 - mean) / std

    @cached_property
    def _scale(self) -> tuple[torch.Tensor, torch.Tensor]:
        mean, std = (torch.tensor(values, device=self.device) for values in (self.settings.mean, self.settings.std))
        return mean.view(1, 3, 1, 1), std.view(1, 3, 1, 1)

    def batch(self, rows: torch.Tensor, variants: torch.Tensor) -> torch.Tensor:
        """Return network input, (B, 3, size, size), for packed rows in their variants."""
        return self.network_input(self.raw(rows, variants))


def vary_batch(batch: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """Return each item of a batch in its own variant.

    Parameters
    ----------
    batch
        Shape (B, ..., S, S), height and width last and equal.
    codes
        Shape (B,), integers: indices into `selcn.data.variants.VARIANTS`.
    """
    return rearranged(batch, _variants(batch.shape[-1], batch.device)[codes])


def rearranged(batch: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Rearrange the pixels of each item of a batch, in one gather.

    Parameters
    ----------
    batch
        Shape (B, ..., S, S).
    places
        Shape (B, S * S), int64: the source of each pixel in the item, line by line.
    """
    size = batch.shape[-1]
    # Channels last, as images store them, so that each pixel is copied in one piece.
    pixels = batch.flatten(-2).movedim(-1, 1).flatten(0, 1)
    items = torch.arange(len(batch), device=batch.device)[:, None] * size**2
    moved = pixels.index_select(0, (items + places).flatten()).unflatten(0, places.shape)
    return moved.movedim(1, -1).unflatten(-1, (size, size))


@cache
def _variants(size: int, device: torch.device) -> torch.Tensor:
    """Return the source of each pixel in each variant, (len(VARIANTS), S * S) int64."""
    square = np.arange(size**2).reshape(size, size)
    return torch.from_numpy(np.stack([vary_array(square, variant).ravel() for variant in VARIANTS])).to(device)


@cache
def _symmetries(size: int, device: torch.device) -> torch.Tensor:
    """Return the source of each pixel in a square's symmetries, (8, S * S) int64: four rotations, and these flipped."""
    square = torch.arange(size**2).view(size, size)
    turns = [square.rot90(turn) for turn in range(4)]
    return torch.stack([*turns, *(turned.flip(-1) for turned in turns)]).flatten(1).to(device)


def resized(batch: torch.Tensor, size: int) -> torch.Tensor:
    """Resize (B, C, S, S) to (B, C, size, size), with antialiasing where it shrinks."""
    if batch.shape[-1] == size:
        return batch
    return F.interpolate(batch, size=(size, size), mode="bilinear", antialias=size < batch.shape[-1])


def augment(kind: str, generator: torch.Generator, *batches: torch.Tensor) -> list[torch.Tensor]:
    """Rotate and flip each item at random, identically in every batch given, so that masks and CAMs match their images.

    Parameters
    ----------
    kind
        `none`, or `dihedral`: one of the eight symmetries of the square.
    generator
        On the CPU, so that it gives the same numbers on every device.
    batches
        Each (B, C, H, W), square.

    Raises
    ------
    ValueError
        `kind` is neither of these.
    """
    if kind == "none":
        return list(batches)
    if kind != "dihedral":
        raise ValueError(f"unknown augmentation {kind!r}; expected none or dihedral")
    turns = torch.randint(4, (len(batches[0]),), generator=generator)
    flips = torch.randint(2, (len(batches[0]),), generator=generator)
    drawn = turns + 4 * flips
    return [rearranged(batch, _symmetries(batch.shape[-1], batch.device)[on(batch.device, drawn)]) for batch in batches]
