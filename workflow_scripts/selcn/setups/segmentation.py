"""Set up a segmentation network for its training on HAM10000."""

from pathlib import Path

from selcn.artifacts import read_table
from selcn.device import pick_device
from selcn.inputs import Samples, open_pixels
from selcn.segmentation import SegmentationSettings, build_segmentation_network, segmentation_task
from selcn.stack import Stack
from selcn.training.fit import seed_everything
from selcn.training.images import place_of, resident
from selcn.training.setup import Setup


def set_up_segmentation(inputs, architecture: str, samples: Samples, settings: SegmentationSettings) -> Setup:
    """Return a segmentation network and its task.

    Parameters
    ----------
    inputs
        A job's inputs: the packed images, `truth` (their masks) and, where the encoder starts from any, `weights`.
    """
    seed_everything(settings.training)
    device = pick_device()
    pixels = open_pixels("none", inputs, settings.input, device)
    truth = resident(Stack(inputs.truth, read_table(inputs.rows)["image_id"]), device)
    samples = samples.on(place_of(*pixels.arrays, truth))
    network = build_segmentation_network(architecture, settings, Path(inputs.weights) if inputs.weights else None)
    task = segmentation_task(pixels, truth, samples.rows, samples.variants, settings)
    return Setup(network, task, samples, device)
