"""The losses of the three networks (section 4.1): Dice and rank loss for masks, weighted cross-entropy for classes."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def class_weights(counts: Sequence[int]) -> Tensor:
    """Return the weight of each class: all samples / (samples of the class * classes), eq. (5).

    Parameters
    ----------
    counts
        Samples of each class, each at least 1.

    Returns
    -------
    Tensor
        Shape (classes,), float32; all 1 if the classes are of equal size.

    Raises
    ------
    ValueError
        There is no class, or a class has no samples and would have an infinite weight.
    """
    if len(counts) == 0 or min(counts) < 1:
        raise ValueError(
            f"class counts are {list(counts)}; expected at least 1 sample of each class: add images or set "
            "weighted_loss: false"
        )
    numbers = torch.tensor(counts, dtype=torch.float64)
    return (numbers.sum() / (numbers * len(numbers))).float()


def weighted_cross_entropy(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the weighted cross-entropy, eq. (7), summed over the batch and divided by the batch's size.

    `torch.nn.functional.cross_entropy` with weights and its default "mean" divides by the sum of the batch's weights
    instead, so that the loss of a batch with a single class does not depend on that class's weight. Here it does, and
    batches of equal size count equally in an epoch's sum. Without weights the two are equal.

    Parameters
    ----------
    logits
        Shape (B, C), any floating type; computed in at least float32.
    target
        Shape (B,), int64: class indices in 0..C-1.
    weights
        Shape (C,), from `class_weights`; None gives every class the weight 1.

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
        raise ValueError("the batch is empty; expected at least one image")
    logits = _at_least_float32(logits)
    weights = None if weights is None else weights.to(logits)
    return F.cross_entropy(logits, target, weight=weights, reduction="sum") / len(target)


def dice_loss(prob: Tensor, target: Tensor, smooth: float = 1e-5) -> Tensor:
    """Return 1 - the soft Dice coefficient, computed per image and averaged over lesion and background.

    Dice is 2 |X n Y| / (|X| + |Y|); eq. (3) lacks the factor 2, without which a perfect mask has a loss of 0.5.

    Parameters
    ----------
    prob
        Shape (B, H, W), 0..1: probability of lesion.
    target
        Shape (B, H, W), bool or 0/1: true on the lesion.
    smooth
        Added to numerator and denominator, in pixels, so that a region absent from both masks has a Dice of 1.

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
    background, the lowest in the lesion. A smaller region contributes all its pixels (the mean is over the existing
    pairs); an image without lesion or without background has a loss of 0. `torch.topk` chooses among equally hard
    pixels; the value does not depend on it.

    Parameters
    ----------
    prob
        Shape (B, H, W), 0..1: probability of lesion.
    target
        Shape (B, H, W), bool or 0/1: true on the lesion.
    k
        Hard pixels per region, at least 1.
    margin
        Margin by which lesion must exceed background, in probability.

    Returns
    -------
    Tensor
        A scalar in 0..1 + margin: the mean over the images.
    """
    _require_same_shape(prob, target)
    prob, lesion = _at_least_float32(prob).flatten(1), target.bool().flatten(1)
    k = min(k, prob.shape[1])
    # Choosing the hard pixels needs no gradient; only their values are differentiated.
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
    """Return at least float32: float16 ends at 65,504 and cannot sum the 65,536 pixels of an image of 256 x 256."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def _require_same_shape(prob: Tensor, target: Tensor) -> None:
    # Without this check an extra channel would broadcast every image against every other.
    if prob.shape != target.shape:
        raise ValueError(
            f"prediction has shape {tuple(prob.shape)} and target {tuple(target.shape)}; expected the same"
        )
