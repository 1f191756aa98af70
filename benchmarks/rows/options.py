"""Training EfficientNet-B4 with what may be switched on in the loop, beside the plain loop."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch

from benchmarks.bench import Bench
from benchmarks.ceilings import cores
from benchmarks.measuring import Line, rates, rounds
from benchmarks.rows.training import SIZE, loop_of, measured_settings, our_loop, train
from benchmarks.waiting import waited
from selcn.networks.lesion import LesionSettings
from selcn.training.fit import Loop, adam_of

# Batches that stand for an epoch, by batch size.
BATCHES = {32: 12, 64: 6}


def options_of(plain: Loop, settings: LesionSettings) -> Mapping[str, Loop]:
    """Return a loop for each of the options; a CPU would compile for minutes and is spared it."""
    fused = replace(settings.training, fused_adam=True)
    loops = {"fused_adam": replace(plain, optimizer=adam_of(plain.network, fused))}
    if plain.device.type == "cuda":
        compiled = replace(settings, training=replace(settings.training, compile=True))
        loops["compile"] = loop_of(plain.task, compiled, plain.device)
        # What is compiled once serves both.
        loops["compile and fused_adam"] = replace(loops["compile"], optimizer=adam_of(loops["compile"].network, fused))
    return loops


def measure_batches_of(batch: int, batches: int, repeats: int, bench: Bench) -> Iterator[Line]:
    """Yield images a second with each of the options, for one batch size."""
    size, device = bench.size(SIZE, 64), bench.device
    settings = measured_settings(size, batch, bench)
    torch.set_num_threads(cores())
    torch.compiler.reset()  # else another batch size is compiled for batches of any size
    plain, samples = our_loop(bench.photographs.files, settings, bench.folder / f"batch-{batch}.npy", device)
    loops = {"plain": plain} | options_of(plain, settings)
    begun = time.perf_counter()
    if "compile" in loops:
        waited(lambda: train(loops["compile"], samples, 1), device)()
    compiled = f"; compiled within {time.perf_counter() - begun:.0f} s" if "compile" in loops else ""
    runs = {name: waited(lambda loop=loop: train(loop, samples, batches), device) for name, loop in loops.items()}
    seconds = rounds(runs, repeats)
    rate = {name: rates(batches * batch, values) for name, values in seconds.items()}
    for name in list(loops)[1:]:
        yield Line(
            what=f"training {settings.encoder}, {size} px, batch {batch}, {device}: {name}",
            unit="images/s",
            higher_is_better=True,
            ours=rate[name],
            peer=rate["plain"],
            peer_name="the same loop without",
            note=f"batches that stand for an epoch: {batches}; {cores()} cores{compiled if 'compile' in name else ''}",
        )


def measure(bench: Bench) -> Iterator[Line]:
    """Yield batches of 32 and of 64."""
    if bench.quick:
        yield from measure_batches_of(2, 1, 1, bench)
        return
    for batch, batches in BATCHES.items():
        yield from measure_batches_of(batch, batches, 3, bench)
