"""Training EfficientNet-B4: the study's step on packed rows, torchvision's usual loop on files, and one kept batch."""

import os
from collections.abc import Iterator, Sequence
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
from benchmarks.packed import pack
from benchmarks.settings import deterministic, lesion_settings
from selcn.inputs import Samples
from selcn.lesion import LesionSettings, build_lesion_network
from selcn.lesion_inputs import CLASSES, LesionInputs
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import Loop, Task, adam_of, train_epoch
from selcn.training.halving import Halving
from selcn.training.images import Pixels
from selcn.variants import VARIANTS

SIZE, ENCODER, LABELS = 256, "efficientnet_b4", CLASSES["ham10000"]
CPU = torch.device("cpu")
# In the order of VARIANTS.
TURNS = [v2.Identity(), v2.RandomVerticalFlip(1.0), v2.RandomHorizontalFlip(1.0), v2.RandomRotation((90, 90))]
PEER = "torchvision: ImageFolder, DataLoader(num_workers=cores), Resize, flips and quarter turns; timm's model, Adam"


def our_loop(files: Sequence[Path], settings: LesionSettings, path: Path) -> tuple[Loop, Tensor]:
    """Return a loop of the study's engine over packed photographs in their variants, and its samples."""
    count = 4 * settings.training.batch_size
    rows = torch.arange(count)
    table = pd.DataFrame({"label": [LABELS[row % len(LABELS)] for row in rows.tolist()]})
    samples = Samples(table, rows, rows % len(VARIANTS))
    images = pack(files, count, settings.input.size, path)
    pixels = Pixels(images, None, settings.input, CPU)
    inputs = LesionInputs(samples, pixels, None, None, None, CPU, settings.training.augmentation)
    codes = class_codes(table["label"], LABELS)
    task = classification_task(inputs.labelled(codes), codes, len(LABELS), False, CPU)
    return loop_of(task, settings), rows


def loop_of(task: Task, settings: LesionSettings) -> Loop:
    """Return what an epoch of a training needs, its network drawn from the seed."""
    torch.manual_seed(settings.training.seed)
    network = build_lesion_network(settings, None, len(LABELS), with_cam=False)
    network.to(CPU, memory_format=torch.channels_last)
    training, size = settings.training, settings.training.batch_size
    return Loop(network, task, training, adam_of(network, training), CPU, Halving(size), Halving(size))


def kept_batch(loop: Loop, samples: Tensor, settings: LesionSettings) -> Loop:
    """Return the same loop, whose every batch is the first one, made once."""
    first = loop.task.batch(samples[: settings.training.batch_size], None)
    return loop_of(replace(loop.task, batch=lambda chosen, generator: first), settings)


def write_folders(files: Sequence[Path], folder: Path) -> Path:
    """Lay photographs out as ImageFolder wants them, a folder a class."""
    for number, file in enumerate(files):
        place = folder / LABELS[number % len(LABELS)]
        place.mkdir(parents=True, exist_ok=True)
        os.symlink(file.resolve(), place / f"{number:04d}.jpg")
    return folder


def their_loader(folder: Path, settings: LesionSettings, batches: int) -> DataLoader:
    """Return what people read their images with, for so many batches."""
    size = settings.input.size
    steps = [v2.Resize((size, size)), v2.RandomChoice(TURNS), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    transform = v2.Compose([*steps, v2.Normalize(settings.input.mean, settings.input.std)])
    dataset = ImageFolder(str(folder), transform)
    sampler = RandomSampler(dataset, num_samples=batches * settings.training.batch_size)
    return DataLoader(dataset, settings.training.batch_size, sampler=sampler, num_workers=cores())


class Theirs:
    """The training loop of torchvision's and timm's own examples."""

    def __init__(self, settings: LesionSettings) -> None:
        training = settings.training
        torch.manual_seed(training.seed)
        self.model = timm.create_model(settings.encoder, num_classes=len(LABELS), drop_rate=settings.dropout)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
        )
        self.model.train()

    def step(self, images: Tensor, labels: Tensor) -> float:
        """Train on one batch and return its loss."""
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def run(self, loader: Iterator, batches: int) -> None:
        """Train on some batches of a loader."""
        for _ in range(batches):
            self.step(*next(loader))


def operations_of(loop: Loop, size: int) -> int:
    """Return the operations of training on one image: the backward pass has twice the forward pass's."""
    loop.network.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        loop.network(torch.zeros(1, 3, size, size))
    return 3 * counter.get_total_flops()


def measure_batches_of(batch: int, batches: int, repeats: int, bench: Bench) -> list[Line]:
    """Return images a second of training with one batch size."""
    size = bench.size(SIZE, 64)
    settings = replace(lesion_settings(size, batch, cores()), encoder=bench.encoder(ENCODER))
    torch.set_num_threads(cores())
    place = bench.folder / f"batch-{batch}"
    place.mkdir()
    loop, samples = our_loop(bench.photographs.files, settings, place / "images.npy")
    limit, theirs, chosen = kept_batch(loop, samples, settings), Theirs(settings), samples[: batches * batch]
    # The loader is started once and never runs dry: of an epoch of hundreds of batches its start is nothing.
    loader = iter(their_loader(write_folders(bench.photographs.files, place / "files"), settings, 1000))

    def ours(loop: Loop) -> None:
        with deterministic():
            train_epoch(loop, chosen, 1)

    runs = {"ours": lambda: ours(loop), "peer": lambda: theirs.run(loader, batches), "limit": lambda: ours(limit)}
    seconds = {name: rates(batches * batch, values) for name, values in rounds(runs, repeats).items()}
    floor = 1 / bench.ceilings["all"].floor(operations_of(loop, size), size * size * 3)
    what = f"training {settings.encoder}, {size} px, batch {batch}, CPU"
    note = f"{batches} batches stand for an epoch; {cores()} threads; ours gives the same bits every time"
    return [
        Line(what, "images/s", True, seconds["ours"], seconds["peer"], PEER, Target("1.2x", gain=1.2), floor, note),
        Line(
            what=f"{what}, beside one kept batch",
            unit="images/s",
            higher_is_better=True,
            ours=seconds["ours"],
            peer=seconds["limit"],
            peer_name="the same step on one batch that stays in memory",
            target=Target("95 %", gain=0.95),
            note=note,
        ),
    ]


def measure(bench: Bench) -> list[Line]:
    """Return batches of 16, and of 64 where all is asked for."""
    lines = measure_batches_of(bench.size(16, 2), 1, bench.size(3, 1), bench)
    return lines + (measure_batches_of(64, 1, 3, bench) if bench.full else [])
