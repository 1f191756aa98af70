"""Grad-CAM++ maps of the symmetry network for the cache: beside pytorch-grad-cam at its best batch size."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from pytorch_grad_cam import GradCAMPlusPlus
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.bench import Bench
from benchmarks.ceilings import cores
from benchmarks.measuring import Line, Target, rates, rounds
from benchmarks.packed import packed_pixels
from benchmarks.settings import deterministic, symmetry_settings
from selcn.cams.grad_cam import cam_of
from selcn.networks.symmetry import SymmetryNetwork, build_symmetry_network
from selcn.training.images import Pixels

SIZE = 256
# Of the peer, of which the fastest counts; and the images of a round.
BATCH_SIZES, COUNTS = {"cpu": (1, 8, 32), "cuda": (8, 32, 128)}, {"cpu": 64, "cuda": 2048}
TARGETS = {"cpu": Target("1.5x", gain=1.5), "cuda": Target("10x", gain=10)}
# Of the last layer's weights. Those of an untrained head are so small that the 1e-6 which the peer adds to a
# denominator outweighs it (docs/decisions.md, Findings); the time does not depend on them.
HEAD_SCALE = 1e6


def network_of(size: int, device: str) -> SymmetryNetwork:
    """Return a symmetry network with weights drawn at random, laid out as a job's, in evaluation mode."""
    torch.manual_seed(1)
    network = build_symmetry_network(symmetry_settings(size), None)
    with torch.no_grad():
        network.classifier[1].weight.mul_(HEAD_SCALE)
    return network.to(device, memory_format=torch.channels_last).eval()


def our_maps(network: SymmetryNetwork, pixels: Pixels, rows: Tensor, batch_size: int) -> list[Tensor]:
    """Return the maps of packed rows on the network's grid, (B, h, w) float32 a batch, as the rule makes them."""
    maps = []
    with deterministic(pixels.device.type):
        for chosen in rows.split(batch_size):
            with torch.no_grad():
                images = pixels.batch(chosen, torch.zeros_like(chosen))
                activations = network.features(images.contiguous(memory_format=torch.channels_last))
            maps.append(cam_of(network.classifier, activations)[0].cpu())
    return maps


def their_maps(network: SymmetryNetwork, pixels: Pixels, rows: Tensor, batch_size: int) -> list[np.ndarray]:
    """Return the maps of the same rows at the input's size, (B, S, S) float32 a batch, by pytorch-grad-cam."""
    maps = []
    with GradCAMPlusPlus(model=network, target_layers=[network.features[-1]]) as cam:
        for chosen in rows.split(batch_size):
            maps.append(cam(input_tensor=pixels.batch(chosen, torch.zeros_like(chosen)), targets=None))
    return maps


def operations_of(network: SymmetryNetwork, size: int, device: str) -> int:
    """Return the operations of an image's forward pass, in which nearly all of a map's lie."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, size, size, device=device))
    return counter.get_total_flops()


def best_batch_size(sizes: Sequence[int], run, repeats: int) -> int:
    """Return the batch size with which the peer is fastest."""
    seconds = rounds({size: partial(run, size) for size in sizes}, repeats)
    return min(sizes, key=lambda size: min(seconds[size]))


def measure(bench: Bench) -> list[Line]:
    """Return maps a second of the device, a CPU with all its cores."""
    torch.set_num_threads(cores())
    device = bench.device
    count, size = bench.size(COUNTS[device], 4), bench.size(SIZE, 64)
    settings = symmetry_settings(size)
    pixels = packed_pixels(bench.photographs.files, count, settings.input, bench.folder / "images.npy", device)
    network, rows = network_of(size, device), torch.arange(count)
    peer = partial(their_maps, network, pixels, rows)
    best = best_batch_size(BATCH_SIZES[device], peer, 1)
    runs = {
        "ours": lambda: our_maps(network, pixels, rows, settings.training.batch_size),
        "peer": lambda: peer(best),
    }
    seconds = {name: rates(count, values) for name, values in rounds(runs, bench.size(5, 1)).items()}
    weights = sum(parameter.nbytes for parameter in network.parameters())
    floor = bench.ceiling.floor(operations_of(network, size, device), weights / count + pixels.images.nbytes / count)
    return [
        Line(
            what=f"Grad-CAM++ for the cache, {settings.backbone}, {size} px, {device}",
            unit="images/s",
            higher_is_better=True,
            ours=seconds["ours"],
            peer=seconds["peer"],
            peer_name=f"pytorch-grad-cam: GradCAMPlusPlus, batches of {best} (best of {BATCH_SIZES[device]})",
            target=TARGETS[device],
            floor=1 / floor,
            note=f"ours in batches of {settings.training.batch_size}; {cores()} cores; both the same packed images",
        )
    ]
