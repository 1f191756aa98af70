"""The losses of the three networks (section 4.1): Dice and rank loss for masks, weighted cross-entropy for classes."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def class_weights(counts: Sequence[int]) -> Tensor:
    """Return the weight of each class: samples in all / (samples of the class * classes), eq. (5).

    Parameters
    ----------
    counts
        Samples of each class, each at least 1.

    Returns
    -------
    Tensor
        Shape (classes,), float32; 1 everywhere where the classes are of one size.

    Raises
    ------
    ValueError
        There is no class, or one without samples: its weight would be infinite.
    """
    if len(counts) == 0 or min(counts) < 1:
        raise ValueError(f"class counts are {list(counts)}; expected at least 1 of each class to weight the loss by")
    numbers = torch.tensor(counts, dtype=torch.float64)
    return (numbers.sum() / (numbers * len(numbers))).float()


def weighted_cross_entropy(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the weighted cross-entropy, eq. (7), summed over the batch and divided by the batch's size.

    `torch.nn.functional.cross_entropy` with weights and its default "mean" divides by the sum of the batch's weights
    instead. There a batch of one class alone has the same loss whatever the weight of that class; here it has not,
    and batches of one size count alike in an epoch's sum. Without weights the two are equal.

    Parameters
    ----------
    logits
        Shape (B, C), any floating type; computed in at least float32.
    target
        Shape (B,), int64: class indices in 0..C-1.
    weights
        Shape (C,), from `class_weights`; None weighs every class 1.

    Returns
    -------
    Tensor
        A scalar, at least 0.

    Raises
    ------
    ValueError
        The batch is empty.
    """
    if len(target) == 0:
        raise ValueError("the batch is empty; expected at least one image to take a loss of")
    logits = _at_least_float32(logits)
    weights = None if weights is None else weights.to(logits)
    return F.cross_entropy(logits, target, weight=weights, reduction="sum") / len(target)


def dice_loss(prob: Tensor, target: Tensor, smooth: float = 1e-5) -> Tensor:
    """Return 1 - the soft Dice coefficient, averaged over lesion and background, an image at a time.

    Dice is 2 |X n Y| / (|X| + |Y|); eq. (3) lost the factor 2, without which a perfect mask has a loss of 0.5.

    Parameters
    ----------
    prob
        Shape (B, H, W), 0..1: probability of lesion.
    target
        Shape (B, H, W), bool or 0/1: true on the lesion.
    smooth
        Added to numerator and denominator, in pixels, so that a region absent from both has a Dice of 1.

    Returns
    -------
    Tensor
        A scalar in 0..1: the mean over the images.
    """
    _require_same_shape(prob, target)
    prob, lesion = _at_least_float32(prob), target.bool()
    regions = []
    for p, t in ((prob, lesion), (1 - prob, ~lesion)):
        both, either = (p * t).sum(dim=(1, 2)), p.sum(dim=(1, 2)) + t.sum(dim=(1, 2))
        regions.append((2 * both + smooth) / (either + smooth))
    return 1 - torch.stack(regions).mean()


def rank_loss(prob: Tensor, target: Tensor, k: int = 30, margin: float = 0.3) -> Tensor:
    """Return the rank loss, eq. (4): hard background pixels must lie `margin` below hard lesion pixels.

    The hard pixels of a region are the `k` with the largest error in one image: the highest probabilities in the
    background, the lowest in the lesion. A region of fewer pixels gives all it has (the mean is over the pairs there
    are); an image without lesion or without background has a loss of 0. Which of equally hard pixels are taken is
    left to `torch.topk`; the value does not depend on it.

    Parameters
    ----------
    prob
        Shape (B, H, W), 0..1: probability of lesion.
    target
        Shape (B, H, W), bool or 0/1: true on the lesion.
    k
        Hard pixels a region, at least 1.
    margin
        By how much lesion must exceed background, in probability.

    Returns
    -------
    Tensor
        A scalar in 0..1 + margin: the mean over the images.
    """
    _require_same_shape(prob, target)
    prob, lesion = _at_least_float32(prob).flatten(1), target.bool().flatten(1)
    k = min(k, prob.shape[1])
    # Where the hard pixels lie needs no gradient, and theirs alone is kept.
    with torch.no_grad():
        background = prob.masked_fill(lesion, -torch.inf).topk(k).indices
        foreground = prob.masked_fill(~lesion, torch.inf).topk(k, largest=False).indices
    in_background, in_lesion = ~lesion.gather(1, background), lesion.gather(1, foreground)
    background_hard, lesion_hard = prob.gather(1, torch.cat([background, foreground], dim=1)).split(k, dim=1)
    # The fill of a missing pixel makes its pairs -inf, which the ReLU turns to 0, in value and in gradient.
    background_hard = background_hard.masked_fill(~in_background, -torch.inf)
    lesion_hard = lesion_hard.masked_fill(~in_lesion, torch.inf)
    pairs = F.relu(background_hard[:, :, None] - lesion_hard[:, None, :] + margin)
    count = in_background.sum(1) * in_lesion.sum(1)
    return (pairs.sum(dim=(1, 2)) / count.clamp(min=1)).mean()


def segmentation_loss(
    logits: Tensor,
    target: Tensor,
    rank_weight: float = 0.05,
    k: int = 30,
    margin: float = 0.3,
    smooth: float = 1e-5,
) -> Tensor:
    """Return the hybrid loss, eq. (2): Dice loss + `rank_weight` * rank loss.

    Parameters
    ----------
    logits
        Shape (B, 1, H, W), any floating type; computed in at least float32, also under autocast.
    target
        Shape (B, H, W), bool or 0/1: true on the lesion.
    rank_weight
        Lambda of eq. (2).
    k, margin
        See `rank_loss`.
    smooth
        See `dice_loss`.

    Returns
    -------
    Tensor
        A scalar.
    """
    prob = _at_least_float32(logits).squeeze(1).sigmoid()
    return dice_loss(prob, target, smooth) + rank_weight * rank_loss(prob, target, k, margin)


def _at_least_float32(tensor: Tensor) -> Tensor:
    """Half precision cannot sum an image's pixels: float16 ends at 65,504, a 256-pixel image has 65,536."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def _require_same_shape(prob: Tensor, target: Tensor) -> None:
    # Without this a channel too many broadcasts every image against every other.
    if prob.shape != target.shape:
        raise ValueError(
            f"prediction has shape {tuple(prob.shape)} and target {tuple(target.shape)}; expected the same"
        )
