"""The whole grid of 48 lesion trainings on one GPU: several at a time, beside the peer's loop, one after the other."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch

from benchmarks.bench import Bench
from benchmarks.ceilings import cores
from benchmarks.measuring import Line, Target, rounds
from benchmarks.rows.training import SIZE, Theirs, measured_settings, our_loop, their_loader, train, write_folders
from benchmarks.waiting import waited

CELLS, FOLDS, BATCH = 12, 4, 16
# Trainings at a time (`jobs_per_gpu`), and the batches of each that stand for it.
JOBS, BATCHES = (1, 2, 4, 8), 40
# What hours are told of.
IMAGES_AN_EPOCH, EPOCHS = 10_000, 30
# Seconds for which one waits for the others to have begun: where one failed it would be for ever.
WAIT = 300


def seconds_of_training(number: int, batch: int, batches: int, bench: Bench, barrier) -> tuple[float, float]:
    """Train one cell in a process of its own, and return when its batches began and ended."""
    torch.set_num_threads(max(1, cores() // barrier.parties))
    settings = measured_settings(bench.size(SIZE, 64), batch, bench)
    path = bench.folder / f"images-{barrier.parties}-{number}.npy"
    loop, samples = our_loop(bench.photographs.files, settings, path, bench.device)
    run = waited(lambda: train(loop, samples, batches), bench.device)
    run()
    barrier.wait()
    begun = time.monotonic()
    run()
    return begun, time.monotonic()


def ours(jobs: int, batch: int, batches: int, bench: Bench) -> float:
    """Return images a second of so many trainings at a time, from the first one's first batch to the last's end."""
    # Forked from a process that has loaded this module, and that has not used a GPU.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with context.Manager() as manager, ProcessPoolExecutor(jobs, context) as pool:
        barrier = manager.Barrier(jobs, timeout=WAIT)
        started = [pool.submit(seconds_of_training, n, batch, batches, bench, barrier) for n in range(jobs)]
        begun, ended = zip(*(each.result() for each in started), strict=True)
    return jobs * batch * batches / (max(ended) - min(begun))


def theirs(batch: int, batches: int, repeats: int, bench: Bench) -> tuple[float, ...]:
    """Return images a second of the peer's loop, in each round."""
    settings = measured_settings(bench.size(SIZE, 64), batch, bench)
    folder = write_folders(bench.photographs.files, bench.folder / "files")
    loader = iter(their_loader(folder, settings, (repeats + 2) * batches, bench.device))
    peer = Theirs(settings, bench.device)
    run: Callable[[], object] = waited(lambda: peer.run(loader, batches), bench.device)
    return tuple(batch * batches / seconds for seconds in rounds({"peer": run}, repeats)["peer"])


def hours(rate: float) -> str:
    """Return how long the grid takes at a rate of images a second, as words."""
    return f"{CELLS * FOLDS * EPOCHS * IMAGES_AN_EPOCH / rate / 3600:.1f} h"


def measure(bench: Bench) -> list[Line]:
    """Return images a second of all trainings together, with the best number of them at a time."""
    batch, batches, repeats = bench.size(BATCH, 2), bench.size(BATCHES, 1), bench.size(3, 1)
    peer = theirs(batch, batches, repeats, bench)
    rates = {jobs: ours(jobs, batch, batches, bench) for jobs in (JOBS if not bench.quick else (2,))}
    best = max(rates, key=rates.__getitem__)
    again = [ours(best, batch, batches, bench) for _ in range(repeats)]
    each = ", ".join(f"{jobs}: {rate:.0f}" for jobs, rate in rates.items())
    return [
        Line(
            what=f"the whole grid of {CELLS * FOLDS} lesion trainings, {best} at a time, {bench.device}",
            unit="images/s",
            higher_is_better=True,
            ours=tuple(again),
            peer=peer,
            peer_name="one after the other by the peer's loop",
            target=Target("4x", gain=4),
            note=f"images/s by trainings at a time: {each}; of {EPOCHS} epochs of {IMAGES_AN_EPOCH:,} images "
            f"{hours(max(again))}, the peer's {hours(max(peer))}",
        )
    ]
