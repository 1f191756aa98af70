"""Weights of the networks that start from pre-trained ones, by name, to compare a file with."""

from torch import Tensor

from selcn.networks.backbones import without_classifier
from selcn.networks.lean import without_compiler
from selcn.networks.segmentation import encoder_of
from selcn.networks.weights import read_from_file

# Parts of a torchvision or timm network: all but its classifier, and up to its last feature map.
WHOLE, FEATURES = "whole", "features"


def starting_weights(part: str, name: str) -> dict[str, Tensor]:
    """Return the weights that a network reads from a file, with the random values that it is built with.

    Parameters
    ----------
    part
        `WHOLE`, `FEATURES`, or an architecture of segmentation-models-pytorch, of which it is the encoder.
    name
        A network of torchvision or timm, or an encoder of segmentation-models-pytorch.
    """
    if part == WHOLE:
        network, new = without_classifier(name)
        return read_from_file(network, new)
    with without_compiler():
        import segmentation_models_pytorch as smp
        import timm
    if part == FEATURES:
        return timm.create_model(name, features_only=True, out_indices=(-1,)).state_dict()
    return encoder_of(smp.create_model(part, name, encoder_weights=None, classes=1), name).state_dict()
