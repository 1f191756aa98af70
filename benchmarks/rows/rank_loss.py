"""The rank loss, forward and backward: beside the literal loops over pixels, and beside one broadcast in torch."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.allocations import peak_megabytes
from benchmarks.bench import Bench
from benchmarks.measuring import Line, Target, rounds
from selcn.training.losses import rank_loss

K, MARGIN = 30, 0.3
LITERAL = "Python: eq. (4) as printed, a pixel and a pair of pixels at a time, with its gradient"
LOOP = "torch: topk, then a double loop over the K x K pairs, as in the code of Xie et al. 2020 (MB-DCNN)"
BROADCAST = "torch: products with the mask, topk, one broadcast of K x K pairs, relu, mean"


def literal(prob: Tensor, target: Tensor) -> Tensor:
    """Return the gradient of the rank loss, computed with its value by loops over the pixels of each image."""
    gradients, loss = torch.zeros_like(prob), 0.0
    for image, (probabilities, lesions) in enumerate(zip(prob.tolist(), target.tolist(), strict=True)):
        background, lesion = [], []
        for y, row in enumerate(probabilities):
            for x, value in enumerate(row):
                (lesion if lesions[y][x] else background).append((value, y, x))
        background, lesion = sorted(background, reverse=True)[:K], sorted(lesion)[:K]
        share = 1 / (len(background) * len(lesion) * len(prob))
        gradient = gradients[image].tolist()
        for b, by, bx in background:
            for a, ay, ax in lesion:
                if b - a + MARGIN > 0:
                    loss += share * (b - a + MARGIN)
                    gradient[by][bx] += share
                    gradient[ay][ax] -= share
        gradients[image] = torch.tensor(gradient)
    return gradients


def hard_pixels(prob: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the hardest background and lesion probabilities, (B, K) each, by products with the mask."""
    prob, lesion = prob.flatten(1), target.flatten(1).float()
    background = (prob * (1 - lesion)).topk(K, dim=1).values
    return background, 1 - ((1 - prob) * lesion).topk(K, dim=1).values


def double_loop(prob: Tensor, target: Tensor) -> Tensor:
    """Return the rank loss, a pair of hard pixels at a time; each region has K pixels at least."""
    background, lesion = hard_pixels(prob, target)
    total = 0
    for i in range(K):
        for j in range(K):
            excess = background[:, i] - lesion[:, j] + MARGIN
            total = total + (excess * (excess > 0).float()).mean()
    return total / (K * K)


def broadcast(prob: Tensor, target: Tensor) -> Tensor:
    """Return the rank loss over all pairs of hard pixels at once; each region has K pixels at least."""
    background, lesion = hard_pixels(prob, target)
    return F.relu(background[:, :, None] - lesion[:, None, :] + MARGIN).mean()


def sample(batch: int, size: int) -> tuple[Tensor, Tensor]:
    """Return probabilities (B, S, S) that ask for their gradient, and masks of a disc."""
    prob = torch.rand(batch, size, size, generator=torch.Generator().manual_seed(1)).requires_grad_()
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    disc = (y - size / 2) ** 2 + (x - size / 2) ** 2 < (0.3 * size) ** 2
    return prob, disc.expand(batch, size, size).contiguous()


def forward_and_backward(loss: Callable[[Tensor, Tensor], Tensor], prob: Tensor, target: Tensor) -> Tensor:
    """Return the gradient of a loss."""
    return torch.autograd.grad(loss(prob, target), prob)[0]


def measure(bench: Bench) -> list[Line]:
    """Return milliseconds beside each peer, and the memory beside the broadcast's."""
    torch.set_num_threads(1)
    batch, size, times = bench.size(16, 2), bench.size(256, 32), bench.size(10, 1)
    prob, target = sample(batch, size)
    losses = {"ours": rank_loss, "loop": double_loop, "broadcast": broadcast}
    runs = {name: partial(forward_and_backward, loss, prob, target) for name, loss in losses.items()}
    # Several times a round, but for what takes long enough.
    often = {name: lambda run=runs[name]: [run() for _ in range(times)] for name in ("ours", "broadcast")}
    seconds = rounds({**runs, **often, "literal": lambda: literal(prob.detach(), target)}, bench.size(5, 1))
    ms = {name: tuple(1e3 * s / (times if name in often else 1) for s in values) for name, values in seconds.items()}
    memory = {name: (peak_megabytes(runs[name]),) for name in often}
    # Probabilities are read, and their gradient written; masks are read.
    pixels = batch * size * size
    floor = 1e3 * bench.ceilings["one"].floor(operations=2 * pixels, moved=(4 + 4 + 1) * pixels)
    what = f"rank loss, forward and backward, {batch} images of {size} px, one thread"
    return [
        Line(what, "ms", False, ms["ours"], ms["literal"], LITERAL, Target("50x", gain=50), floor),
        Line(what, "ms", False, ms["ours"], ms["loop"], LOOP, None, floor),
        Line(what, "ms", False, ms["ours"], ms["broadcast"], BROADCAST, Target("1x", gain=1), floor),
        Line(
            what="rank loss, peak memory",
            unit="MB",
            higher_is_better=False,
            ours=memory["ours"],
            peer=memory["broadcast"],
            peer_name=BROADCAST,
            target=Target("less than the peer", gain=1.0001),
            floor=4 * pixels / 2**20,
            note="torch's allocations beyond the inputs; the floor is the gradient alone",
        ),
    ]
