"""Images a second of every network of the study, at its default sizes: what the study's GPU hours are estimated from.

    python -m benchmarks.gpu_rates docs/results/cost/rates.json
    python -m benchmarks.gpu_rates --device cpu --quick rates.json

On drawn pixels that lie on the device, by the study's own functions. Neither network nor Snakemake is needed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn

from benchmarks.machine import versions
from benchmarks.settings import deterministic, lesion_settings, section, symmetry_settings
from benchmarks.waiting import waited
from selcn.cams.grad_cam import cam_of
from selcn.cams.lesion import split_network
from selcn.data.variants import VARIANTS
from selcn.masks.prediction import predict_masks
from selcn.networks.lesion import build_lesion_network
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.symmetry import SymmetrySettings, build_symmetry_network
from selcn.storage.artifacts import write_json
from selcn.training.classification import class_codes, classification_task, logits_of
from selcn.training.fit import Task, loop_of, train_epoch, validate
from selcn.training.images import Pixels
from selcn.training.lesion import LesionInputs
from selcn.training.samples import Samples
from selcn.training.segmentation import segmentation_task

LABELS = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
# Side of the symmetry models' CAMs at 256 px.
CAM_GRID = 15


@dataclass(frozen=True)
class Sizes:
    """How much is computed: side of the images, images of a batch and batches of a pass; and on what."""

    side: int
    batch: int
    batches: int
    device: torch.device

    @property
    def samples(self) -> Tensor:
        """Sample numbers of a pass, (n,)."""
        return torch.arange(self.batch * self.batches, device=self.device)

    @property
    def variants(self) -> Tensor:
        """The variant of each sample, (n,)."""
        return self.samples % len(VARIANTS)

    def pixels(self, settings: InputSettings) -> Pixels:
        """Return drawn images, one a sample."""
        shape = (len(self.samples), self.side, self.side, 3)
        return Pixels(torch.randint(256, shape, dtype=torch.uint8, device=self.device), None, settings, self.device)

    def images_a_second(self, run: Callable[[Tensor], object]) -> float:
        """Return the rate at which samples are worked through, once the first batches are done."""
        whole = waited(lambda: run(self.samples), self.device.type)
        waited(lambda: run(self.samples[: 3 * self.batch]), self.device.type)()
        begun = time.perf_counter()
        whole()
        return len(self.samples) / (time.perf_counter() - begun)


def of_training(name: str, network: nn.Module, task: Task, training: TrainingSettings, sizes: Sizes) -> dict:
    """Return the rates of training a network and of its validation, and leave it on the device."""
    loop = loop_of(network, task, training, sizes.device)
    return {
        f"train {name}": sizes.images_a_second(lambda samples: train_epoch(loop, samples, 1)),
        f"validate {name}": sizes.images_a_second(lambda samples: validate(loop, samples)),
    }


def of_segmentation(architecture: str, sizes: Sizes) -> dict:
    """Return the rates of a segmentation network, and of masks written by it."""
    settings = SegmentationSettings.from_config(section("segmentation"))
    training = replace(settings.training, batch_size=sizes.batch)
    settings = replace(settings, input=replace(settings.input, size=sizes.side), training=training)
    pixels, place = sizes.pixels(settings.input), torch.arange(sizes.side, device=sizes.device) / sizes.side - 0.5
    disc = (place[:, None] ** 2 + place**2 < 0.1).to(torch.uint8)
    truth = disc.expand(len(sizes.samples), -1, -1)
    network = build_segmentation_network(architecture, settings, None)
    task = segmentation_task(pixels, truth, sizes.samples, sizes.variants, settings)
    rates = of_training(architecture, network, task, training, sizes)
    masks = sizes.images_a_second(
        lambda samples: [predict_masks([network], pixels, rows, flips=False) for rows in samples.split(sizes.batch)]
    )
    return rates | {f"masks {architecture}": masks}


def of_symmetry(backbone: str, sizes: Sizes) -> dict:
    """Return the rates of a symmetry network, and of CAMs made by it."""
    settings: SymmetrySettings = replace(symmetry_settings(sizes.side), backbone=backbone)
    training = replace(settings.training, batch_size=sizes.batch)
    pixels, codes, variants = sizes.pixels(settings.input), sizes.samples % 2, sizes.variants

    def batch(chosen: Tensor, generator) -> tuple[tuple[Tensor], Tensor]:
        return (pixels.batch(chosen, variants[chosen]),), codes[chosen]

    def cams(samples: Tensor) -> list[Tensor]:
        return [cam_of(network.classifier, activations(chosen))[0].cpu() for chosen in samples.split(sizes.batch)]

    @torch.no_grad()
    def activations(chosen: Tensor) -> Tensor:
        return network.features(batch(chosen, None)[0][0].contiguous(memory_format=torch.channels_last))

    network = build_symmetry_network(settings, None)
    task = classification_task(batch, sizes.samples % 2, 2, training.weighted_loss, sizes.device)
    rates = of_training(backbone, network, task, training, sizes)
    network.eval()
    return rates | {f"CAMs {backbone}": sizes.images_a_second(cams)}


def of_lesion(encoder: str, with_cam: bool, sizes: Sizes) -> dict:
    """Return the rates of a lesion network, of its predictions, and of CAMs made by it."""
    settings = replace(lesion_settings(sizes.side, sizes.batch, 1), encoder=encoder)
    table = pd.DataFrame({"label": [LABELS[number % len(LABELS)] for number in sizes.samples.tolist()]})
    samples = Samples(table, sizes.samples, sizes.variants)
    cams = torch.rand(len(sizes.samples), CAM_GRID, CAM_GRID, dtype=torch.float16, device=sizes.device)
    inputs = LesionInputs(
        samples, sizes.pixels(settings.input), None, None, cams if with_cam else None, sizes.device, "none"
    )
    codes = class_codes(table["label"], LABELS).to(sizes.device)
    task = classification_task(inputs.labelled(codes), codes, len(LABELS), True, sizes.device)
    network = build_lesion_network(settings, None, len(LABELS), with_cam)

    def explain(chosen: Tensor) -> Tensor:
        (images, *cam), _ = inputs.batch(chosen, None)
        with torch.no_grad():
            activations = before(images)
        return cam_of(lambda x: after(x, *cam), activations)[0].cpu()

    name = f"{encoder} with CAMs" if with_cam else encoder
    rates = of_training(name, network, task, settings.training, sizes)
    rates[f"predict {name}"] = sizes.images_a_second(
        lambda chosen: logits_of(network, inputs.batch, chosen, len(LABELS), sizes.batch, sizes.device)
    )
    before, after = split_network(network.eval())
    rates[f"CAMs {name}"] = sizes.images_a_second(lambda chosen: [explain(rows) for rows in chosen.split(sizes.batch)])
    return rates


def measure(sizes: Sizes, encoder: str) -> dict[str, float]:
    """Return images a second by what is done and by which network."""
    rates = {}
    with deterministic(sizes.device.type):
        for architecture in section("segmentation")["architectures"]:
            rates |= of_segmentation(architecture, sizes)
        for backbone in section("symmetry")["backbones"]:
            rates |= of_symmetry(backbone, sizes)
        for with_cam in (False, True):
            rates |= of_lesion(encoder, with_cam, sizes)
    return rates


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_rates", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="JSON file of the rates")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--quick", action="store_true", help="sizes of a test: the figures mean nothing")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: torch.cuda.is_available() is False; expected a GPU")
    device = torch.device(arguments.device)
    sizes = Sizes(64, 2, 4, device) if arguments.quick else Sizes(256, 32, 60, device)
    rates = measure(sizes, "test_efficientnet" if arguments.quick else "efficientnet_b4")
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else "CPU"
    write_json({"where": where, "quick": arguments.quick, "versions": versions(), "rates": rates}, arguments.out)
    for name, rate in rates.items():
        print(f"{name}: {rate:,.0f} images/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
