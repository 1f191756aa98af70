"""Training EfficientNet-B4: the study's step on packed rows, torchvision's usual loop on files, and one kept batch."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import timm
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, RandomSampler
from torch.utils.flop_counter import FlopCounterMode
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from benchmarks.bench import Bench
from benchmarks.ceilings import cores
from benchmarks.measuring import Line, Target, rates, rounds
from benchmarks.packed import packed_pixels
from benchmarks.settings import deterministic, lesion_settings
from benchmarks.waiting import waited
from selcn.data.variants import VARIANTS
from selcn.networks.lesion import LesionSettings, build_lesion_network
from selcn.training import fit
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import Loop, Task, train_epoch
from selcn.training.images import place_of
from selcn.training.lesion import LesionInputs
from selcn.training.samples import Samples

SIZE, ENCODER = 256, "efficientnet_b4"
LABELS = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
# Batches that stand for an epoch: by device and batch size.
BATCHES = {"cpu": {16: 1, 64: 1}, "cuda": {16: 20, 64: 8}}
TARGETS = {"cpu": Target("1.2x", gain=1.2), "cuda": Target("2x", gain=2)}
# In the order of VARIANTS.
TURNS = [v2.Identity(), v2.RandomVerticalFlip(1.0), v2.RandomHorizontalFlip(1.0), v2.RandomRotation((90, 90))]
PEER = "torchvision: ImageFolder, DataLoader(num_workers=cores), Resize, flips and quarter turns; timm's model, Adam"


def our_loop(files: Sequence[Path], settings: LesionSettings, path: Path, device: str) -> tuple[Loop, Tensor]:
    """Return a loop of the study's engine over packed photographs in their variants, and its samples."""
    where, count = torch.device(device), 4 * settings.training.batch_size
    rows = torch.arange(count)
    table = pd.DataFrame({"label": [LABELS[row % len(LABELS)] for row in rows.tolist()]})
    pixels = packed_pixels(files, count, settings.input, path, device)
    place = place_of(*pixels.arrays)
    samples = Samples(table, rows, rows % len(VARIANTS)).on(place)
    inputs = LesionInputs(samples, pixels, None, None, None, where, settings.training.augmentation)
    codes = class_codes(table["label"], LABELS).to(place)
    task = classification_task(inputs.labelled(codes), codes, len(LABELS), False, where, inputs.sources())
    return loop_of(task, settings, where), rows.to(place)


def loop_of(task: Task, settings: LesionSettings, device: torch.device) -> Loop:
    """Return what an epoch of a training needs, its network drawn from the seed."""
    torch.manual_seed(settings.training.seed)
    network = build_lesion_network(settings, None, len(LABELS), with_cam=False)
    return fit.loop_of(network, task, settings.training, device)


def kept_batch(loop: Loop, samples: Tensor, settings: LesionSettings) -> Loop:
    """Return the same loop, whose every batch is the first one, made once."""
    first = loop.task.batch(samples[: settings.training.batch_size], None)
    return loop_of(replace(loop.task, batch=lambda chosen, generator: first, sources=()), settings, loop.device)


def train(loop: Loop, samples: Tensor, batches: int) -> None:
    """Train on some batches, as an epoch of the study does."""
    chosen = samples.repeat(-(-batches * loop.settings.batch_size // len(samples)))
    with deterministic(loop.device.type):
        train_epoch(loop, chosen[: batches * loop.settings.batch_size], 1)


def write_folders(files: Sequence[Path], folder: Path) -> Path:
    """Lay photographs out as ImageFolder wants them, a folder a class."""
    for number, file in enumerate(files):
        place = folder / LABELS[number % len(LABELS)]
        place.mkdir(parents=True, exist_ok=True)
        os.symlink(file.resolve(), place / f"{number:04d}.jpg")
    return folder


def their_loader(folder: Path, settings: LesionSettings, batches: int, device: str) -> DataLoader:
    """Return what people read their images with, for so many batches."""
    size = settings.input.size
    steps = [v2.Resize((size, size)), v2.RandomChoice(TURNS), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    transform = v2.Compose([*steps, v2.Normalize(settings.input.mean, settings.input.std)])
    dataset = ImageFolder(str(folder), transform)
    sampler = RandomSampler(dataset, num_samples=batches * settings.training.batch_size)
    return DataLoader(
        dataset, settings.training.batch_size, sampler=sampler, num_workers=cores(), pin_memory=device == "cuda"
    )


class Theirs:
    """The training loop of torchvision's and timm's own examples; on a GPU with automatic mixed precision."""

    def __init__(self, settings: LesionSettings, device: str) -> None:
        training = settings.training
        torch.manual_seed(training.seed)
        self.device = device
        self.model = timm.create_model(settings.encoder, num_classes=len(LABELS), drop_rate=settings.dropout)
        self.model.to(device).train()
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
        )

    def step(self, images: Tensor, labels: Tensor) -> float:
        """Train on one batch and return its loss."""
        images, labels = images.to(self.device, non_blocking=True), labels.to(self.device, non_blocking=True)
        self.optimizer.zero_grad()
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            loss = self.criterion(self.model(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def run(self, loader: Iterable, batches: int) -> None:
        """Train on some batches of a loader."""
        for _ in range(batches):
            self.step(*next(loader))


def operations_of(loop: Loop, size: int) -> int:
    """Return the operations of training on one image: the backward pass has twice the forward pass's."""
    loop.network.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        loop.network(torch.zeros(1, 3, size, size, device=loop.device))
    return 3 * counter.get_total_flops()


def measured_settings(size: int, batch: int, bench: Bench) -> LesionSettings:
    """Return the lesion network's settings, a test's network where figures mean nothing."""
    return replace(lesion_settings(size, batch, cores()), encoder=bench.encoder(ENCODER))


def measure_batches_of(batch: int, batches: int, repeats: int, bench: Bench) -> list[Line]:
    """Return images a second of training with one batch size."""
    size, device = bench.size(SIZE, 64), bench.device
    settings = measured_settings(size, batch, bench)
    torch.set_num_threads(cores())
    place = bench.folder / f"batch-{batch}"
    place.mkdir()
    loop, samples = our_loop(bench.photographs.files, settings, place / "images.npy", device)
    limit, theirs = kept_batch(loop, samples, settings), Theirs(settings, device)
    # The loader is started once and never runs dry: of an epoch of hundreds of batches its start is nothing.
    needed = (repeats + 2) * batches + 2 * cores()
    loader = iter(their_loader(write_folders(bench.photographs.files, place / "files"), settings, needed, device))
    runs = {
        "ours": lambda: train(loop, samples, batches),
        "peer": lambda: theirs.run(loader, batches),
        "limit": lambda: train(limit, samples, batches),
    }
    seconds = rounds({name: waited(run, device) for name, run in runs.items()}, repeats)
    rate = {name: rates(batches * batch, values) for name, values in seconds.items()}
    floor = 1 / bench.ceiling.floor(operations_of(loop, size), size * size * 3)
    what = f"training {settings.encoder}, {size} px, batch {batch}, {device}"
    same = "ours gives the same bits every time" if device == "cpu" else "both in bfloat16"
    note = f"batches that stand for an epoch: {batches}; {cores()} cores; {same}"
    return [
        Line(what, "images/s", True, rate["ours"], rate["peer"], PEER, TARGETS[device], floor, note),
        Line(
            what=f"{what}, beside one kept batch",
            unit="images/s",
            higher_is_better=True,
            ours=rate["ours"],
            peer=rate["limit"],
            peer_name="the same step on one batch that stays in memory",
            target=Target("95 %", gain=0.95),
            note=note,
        ),
    ]


def measure(bench: Bench) -> Iterator[Line]:
    """Yield batches of 16, and of 64: on the CPU, where they take minutes, if all is asked for."""
    if bench.quick:
        yield from measure_batches_of(2, 1, 1, bench)
        return
    for size in (16, 64) if bench.full or bench.device == "cuda" else (16,):
        yield from measure_batches_of(size, BATCHES[bench.device][size], 3, bench)
