"""Losses against literal loops over pixels and hand-computed cases."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from selcn.training.losses import class_weights, dice_loss, rank_loss, segmentation_loss, weighted_cross_entropy


def literal_rank_loss(prob, target, k, margin):
    """Eq. (4) as printed, with its gradient, one image of nested lists at a time."""
    height, width = len(prob), len(prob[0])
    pixels = [(prob[y][x], y, x) for y in range(height) for x in range(width)]
    background = sorted((p for p in pixels if not target[p[1]][p[2]]), reverse=True)[:k]
    lesion = sorted(p for p in pixels if target[p[1]][p[2]])[:k]
    loss, gradient = 0.0, [[0.0] * width for _ in range(height)]
    for b, by, bx in background:
        for a, ay, ax in lesion:
            if b - a + margin > 0:
                share = 1 / (len(background) * len(lesion))
                loss += share * (b - a + margin)
                gradient[by][bx] += share
                gradient[ay][ax] -= share
    return loss, gradient


def distinct_probabilities(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    count = math.prod(shape)
    return ((torch.randperm(count, generator=generator) + 0.5) / count).double().reshape(shape)


def some_masks(seed, *shape, share=0.4):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < share


@pytest.mark.parametrize(("k", "margin"), [(1, 0.3), (5, 0.3), (30, 0.3), (5, 0.0), (1000, 0.7)])
@pytest.mark.parametrize("seed", range(3))
def test_rank_loss_and_its_gradient_equal_the_literal_loops(seed, k, margin):
    prob = distinct_probabilities(seed, 4, 9, 11).requires_grad_()
    target = some_masks(seed, 4, 9, 11)
    target[1], target[2] = False, True
    target[3] = False
    target[3, 2, 3:5] = True  # fewer lesion pixels than k
    loss = rank_loss(prob, target, k, margin)
    (gradient,) = torch.autograd.grad(loss, prob)
    literal = [literal_rank_loss(p.tolist(), t.tolist(), k, margin) for p, t in zip(prob, target, strict=True)]
    assert loss.item() == pytest.approx(sum(value for value, _ in literal) / 4, abs=1e-12)
    torch.testing.assert_close(gradient, torch.tensor([g for _, g in literal], dtype=torch.float64) / 4)


def test_rank_loss_by_hand():
    prob = torch.tensor([[[0.9, 0.6], [0.5, 0.2]]])
    target = torch.tensor([[[1, 0], [1, 0]]])
    # Hardest background 0.6, hardest lesion 0.5; with two a region: 0.6-0.9, 0.6-0.5, 0.2-0.9, 0.2-0.5, each + 0.3.
    assert rank_loss(prob, target, k=1, margin=0.3).item() == pytest.approx(0.4)
    assert rank_loss(prob, target, k=2, margin=0.3).item() == pytest.approx((0 + 0.4 + 0 + 0) / 4, abs=1e-6)
    assert rank_loss(prob, target, k=30, margin=0.4).item() == pytest.approx((0.1 + 0.5 + 0 + 0.1) / 4)


@pytest.mark.parametrize("everywhere", [True, False])
def test_rank_loss_of_one_region_alone_is_zero_and_has_no_gradient(everywhere):
    prob = torch.rand(2, 4, 4, requires_grad=True)
    loss = rank_loss(prob, torch.full((2, 4, 4), everywhere))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(prob.grad, torch.zeros(2, 4, 4))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), k=st.integers(1, 40))
def test_losses_do_not_depend_on_where_pixels_lie(seed, k):
    prob, target = distinct_probabilities(seed, 3, 6, 6), some_masks(seed, 3, 6, 6)
    order = torch.randperm(36, generator=torch.Generator().manual_seed(seed + 1))
    mixed = [x.flatten(1)[:, order].reshape(3, 6, 6) for x in (prob, target)]
    assert rank_loss(*mixed, k=k).item() == pytest.approx(rank_loss(prob, target, k=k).item(), abs=1e-12)
    assert dice_loss(*mixed).item() == pytest.approx(dice_loss(prob, target).item(), abs=1e-12)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31))
def test_losses_of_a_batch_are_the_mean_of_its_images(seed):
    logits = torch.randn(5, 1, 6, 7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    target = some_masks(seed, 5, 6, 7)
    alone = [segmentation_loss(x[None], t[None]).item() for x, t in zip(logits, target, strict=True)]
    assert segmentation_loss(logits, target).item() == pytest.approx(sum(alone) / 5)


def test_losses_are_differentiable():
    target = some_masks(0, 2, 4, 5)
    logits = torch.logit(distinct_probabilities(0, 2, 1, 4, 5)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: segmentation_loss(x, target, rank_weight=0.5, k=3), logits)


def test_dice_loss_by_hand():
    prob = torch.tensor([[[1.0, 0.5], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    target = torch.tensor([[[1, 1], [0, 0]], [[0, 0], [0, 0]]])
    # First image: lesion 2*1.5/(1.5+2), background 2*2/(2.5+2). Second: absent and not found, Dice 1 and 1.
    expected = 1 - (3 / 3.5 + 4 / 4.5 + 1 + 1) / 4
    assert dice_loss(prob, target).item() == pytest.approx(expected, abs=1e-5)


def test_dice_loss_of_a_perfect_mask_is_zero_and_of_its_opposite_one():
    target = some_masks(3, 2, 8, 8)
    assert dice_loss(target.float(), target).item() == pytest.approx(0, abs=1e-6)
    assert dice_loss(1 - target.float(), target).item() == pytest.approx(1, abs=1e-5)


def test_dice_loss_smooth_counts_in_pixels():
    prob, target = torch.zeros(1, 1, 2), torch.tensor([[[1, 0]]])
    # lesion (0+1)/(0+1+1), background (2*1+1)/(2+1+1)
    assert dice_loss(prob, target, smooth=1.0).item() == pytest.approx(1 - (1 / 2 + 3 / 4) / 2)


def test_segmentation_loss_is_dice_plus_the_weighted_rank_loss():
    logits, target = torch.randn(2, 1, 8, 8), some_masks(1, 2, 8, 8)
    prob = logits[:, 0].sigmoid()
    expected = dice_loss(prob, target, 0.1) + 0.7 * rank_loss(prob, target, 4, 0.2)
    torch.testing.assert_close(segmentation_loss(logits, target, 0.7, k=4, margin=0.2, smooth=0.1), expected)
    by_default = dice_loss(prob, target, 1e-5) + 0.05 * rank_loss(prob, target, 30, 0.3)
    torch.testing.assert_close(segmentation_loss(logits, target), by_default)


def test_the_losses_settings_are_those_of_section_4_1_unless_given():
    prob, target = distinct_probabilities(0, 1, 9, 10), some_masks(2, 1, 9, 10, share=0.5)
    literal, _ = literal_rank_loss(prob[0].tolist(), target[0].tolist(), 30, 0.3)
    assert rank_loss(prob, target).item() == pytest.approx(literal, abs=1e-12)
    # Without lesion its Dice is smooth / (sum + smooth), here 1 / 2; all else is right.
    logits = torch.full((1, 1, 10, 10), math.log(1e-7), dtype=torch.float64)
    loss = segmentation_loss(logits, torch.zeros(1, 10, 10))
    assert loss.item() == pytest.approx(1 - (1 / 2 + 1) / 2, abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_logits_are_summed_in_float32(dtype):
    target = torch.zeros(1, 300, 300, dtype=torch.bool)
    target[:, 100:200, 100:200] = True
    logits = torch.where(target, 2.0, -2.0)[:, None]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = segmentation_loss(logits.to(dtype), target)
        classes = weighted_cross_entropy(torch.tensor([[1.0, 3.0]], dtype=dtype), torch.tensor([0]), torch.ones(2))
    assert weighted_cross_entropy(torch.zeros(1, 2, dtype=dtype), torch.tensor([0])).dtype == torch.float32
    assert half.dtype == classes.dtype == torch.float32
    torch.testing.assert_close(half, segmentation_loss(logits, target))
    assert classes.item() == pytest.approx(math.log(1 + math.exp(2)))


@pytest.mark.parametrize("shape", [(2, 2, 4, 4), (2, 1, 4, 5)])
def test_shapes_that_would_broadcast_are_refused(shape):
    with pytest.raises(ValueError, match="expected the same"):
        segmentation_loss(torch.zeros(shape), torch.zeros(2, 4, 4))
    with pytest.raises(ValueError, match="expected the same"):
        rank_loss(torch.zeros(2, 2, 8), torch.zeros(2, 4, 4))


def test_class_weights_by_hand():
    torch.testing.assert_close(class_weights([10, 30, 60]), torch.tensor([100 / 30, 100 / 90, 100 / 180]))
    torch.testing.assert_close(class_weights([7, 7]), torch.ones(2))


@settings(max_examples=50)
@given(counts=st.lists(st.integers(1, 10_000), min_size=1, max_size=9))
def test_class_weights_give_every_class_the_same_share_of_all_samples(counts):
    shares = class_weights(counts) * torch.tensor(counts)
    torch.testing.assert_close(shares, torch.full((len(counts),), sum(counts) / len(counts)))


@pytest.mark.parametrize("counts", [[], [3, 0, 2], [3, -1]])
def test_class_weights_refuse_an_empty_class(counts):
    with pytest.raises(ValueError, match="at least 1"):
        class_weights(counts)


def test_weighted_cross_entropy_equals_the_literal_sum():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    target, weights = torch.tensor([0, 2, 1, 1, 2, 0]), torch.tensor([0.5, 1.0, 4.0])
    total = 0.0
    for row, y in zip(logits.tolist(), target.tolist(), strict=True):
        total -= weights[y].item() * math.log(math.exp(row[y]) / sum(math.exp(v) for v in row))
    assert weighted_cross_entropy(logits, target, weights).item() == pytest.approx(total / 6)


def test_weighted_cross_entropy_differs_from_torch_by_the_mean_weight_of_the_batch():
    logits, target, weights = torch.randn(5, 3), torch.tensor([0, 0, 2, 2, 1]), torch.tensor([0.2, 1.0, 5.0])
    ours, theirs = weighted_cross_entropy(logits, target, weights), F.cross_entropy(logits, target, weights)
    torch.testing.assert_close(ours, theirs * weights[target].mean())
    assert not torch.isclose(ours, theirs)
    torch.testing.assert_close(weighted_cross_entropy(logits, target), F.cross_entropy(logits, target))


def test_a_batch_of_one_class_feels_its_weight():
    logits, target = torch.randn(4, 2), torch.zeros(4, dtype=torch.int64)
    light, heavy = (weighted_cross_entropy(logits, target, torch.tensor([w, 1.0])) for w in (1.0, 3.0))
    torch.testing.assert_close(heavy, 3 * light)


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="empty"):
        weighted_cross_entropy(torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))
