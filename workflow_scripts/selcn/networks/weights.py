"""Pre-trained weights: downloaded once, or read from a file named in the configuration."""

import pickle
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from selcn.networks.lean import without_compiler
from selcn.storage.artifacts import replacing

# Names of torchvision models; all others are timm's.
TORCHVISION = ("shufflenet_v2_x1_0", "squeezenet1_0")

_EXPECTED = "expected a state dictionary (.safetensors, or .pt/.pth saved with torch.save): get the original file again"


class WeightsError(RuntimeError):
    """Pre-trained weights cannot be downloaded or read, or do not fit the network."""


def provide_weights(name: str, source: str, target: Path, seed: int) -> None:
    """Write the weights of one network as safetensors.

    Parameters
    ----------
    name
        A torchvision or timm model.
    source
        A file (.safetensors, or .pt/.pth holding a state dictionary); `hub`: download; `random`: random
        weights from the seed, for the demo.

    Raises
    ------
    WeightsError
        The file is missing or damaged, or the hub cannot be reached.
    """
    if source == "random":
        torch.manual_seed(seed)
        state = build(name, pretrained=False).state_dict()
    elif source == "hub":
        state = download(name)
    else:
        state = read_state(Path(source))
    with replacing(target) as temporary:
        save_file({key: value.contiguous() for key, value in state.items()}, temporary)


def build(name: str, pretrained: bool) -> nn.Module:
    """Return a network by name, from torchvision if `TORCHVISION` lists it, else from timm."""
    if name in TORCHVISION:
        with without_compiler():
            from torchvision.models import get_model

        return get_model(name, weights="DEFAULT" if pretrained else None)
    with without_compiler():
        import timm

    return timm.create_model(name, pretrained=pretrained)


def download(name: str) -> dict[str, torch.Tensor]:
    """Return a network's ImageNet weights from its hub."""
    try:
        return build(name, pretrained=True).state_dict()
    except (OSError, RuntimeError) as error:
        raise WeightsError(
            f"the pre-trained weights of {name} could not be downloaded ({type(error).__name__}: {error}). Without "
            f"internet access, save them as {name}.safetensors and name the file in the configuration: "
            f"weights: {{{name}: path/to/{name}.safetensors}}"
        ) from error


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """Read a state dictionary without executing code: a file that contains any is refused.

    Raises
    ------
    WeightsError
        The file does not exist, or contains anything but named weights.
    """
    if not path.is_file():
        raise WeightsError(
            f"{path}: no such file; put the pre-trained weights there (.safetensors or .pt), or change `weights` in "
            "the configuration"
        )
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WeightsError(f"{path}: not a weights file ({reason}); {_EXPECTED}") from error
    named = isinstance(state, dict) and all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state.items()
    )
    if not named:
        raise WeightsError(f"{path}: does not contain named weights only; {_EXPECTED}")
    return state


def file_of(name: str, files: Iterable[str]) -> Path:
    """Return the file of one network among those of `provide_weights`, each named after its network.

    Raises
    ------
    WeightsError
        There is no such file.
    """
    found = {Path(file).stem: Path(file) for file in files}
    if name not in found:
        raise WeightsError(f"no weights of {name} among {', '.join(found) or 'none'}; expected {name}.safetensors")
    return found[name]


def load_weights(network: nn.Module, path: Path, new: tuple[str, ...] = ()) -> None:
    """Load pre-trained weights into a network whose last layers may be new.

    Parameters
    ----------
    path
        File of `provide_weights`; half precision is widened. Weights that the network does not have are ignored.
    new
        Prefixes of the network's weights that are not read from the file.

    Raises
    ------
    WeightsError
        The file lacks a weight of the network, or has it in another shape.
    """
    own = network.state_dict()
    # timm's feature extractors write `stages_0` for the whole network's `stages.0`.
    found = {key.replace(".", "_"): value for key, value in read_state(path).items()}
    state = {key: found[key.replace(".", "_")] for key in own if key.replace(".", "_") in found}
    wanted = [key for key in own if not key.startswith(new)] if new else list(own)
    # Batch norm's counters are bookkeeping, and converted files may lack them.
    checked = [key for key in wanted if not key.endswith("num_batches_tracked")]
    bad = [key for key in checked if key not in state or state[key].shape != own[key].shape]
    if bad:
        raise WeightsError(
            f"{path}: {len(bad)} of {len(wanted)} weights are missing or of another shape, first {bad[0]}; "
            "expected the weights of the network named in the configuration: correct `weights` there"
        )
    kept = {key: state[key].to(own[key].dtype) for key in wanted if key in state}
    # Some encoders override `load_state_dict` with one that does not take `strict`.
    nn.Module.load_state_dict(network, kept, strict=False)
