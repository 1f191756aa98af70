"""Pre-trained weights: downloaded once, or read from a file named in the configuration."""

import pickle
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from selcn.networks.lean import without_compiler
from selcn.storage.artifacts import replacing

# Names of torchvision models; all others are timm's.
TORCHVISION = ("shufflenet_v2_x1_0", "squeezenet1_0")

# Where a checkpoint of a training has its network's state dictionary, the preferred one first.
_STATE_KEYS = ("state_dict", "model_state_dict", "model", "net", "network", "weights")
# Batch norm's counters are bookkeeping, and converted files may lack them.
_COUNTER = "num_batches_tracked"
# Names of weights in a message.
_SHOWN = 3
_EXPECTED = "expected a state dictionary (.safetensors, or .pt/.pth saved with torch.save): get the original file again"


class WeightsError(RuntimeError):
    """Pre-trained weights cannot be downloaded or read, or do not fit the network."""


def provide_weights(
    name: str, source: str, target: Path, seed: int, starting: Sequence[Mapping[str, torch.Tensor]] = ()
) -> None:
    """Write the weights of one network as safetensors.

    Parameters
    ----------
    name
        A torchvision or timm model.
    source
        A file (.safetensors, or .pt/.pth holding a state dictionary); `hub`: download; `random`: random
        weights from the seed, for the demo.
    starting
        The weights, by name, of each network that will start from a file.

    Raises
    ------
    WeightsError
        The file is missing, damaged or of another network, or the hub cannot be reached.
    """
    if source == "random":
        torch.manual_seed(seed)
        state = build(name, pretrained=False).state_dict()
    elif source == "hub":
        state = download(name)
    else:
        state = fitting(read_state(Path(source)), name, Path(source), starting)
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
    found = _state_in(state)
    if found is None:
        raise WeightsError(f"{path}: does not contain named weights only; {_EXPECTED}")
    return found


def _state_in(content: object) -> dict[str, torch.Tensor] | None:
    """Return a file's state dictionary, which in a checkpoint is one of its entries; None if there is none."""
    if _is_state(content):
        return content
    entries = content if isinstance(content, dict) else {}
    return next((entries[key] for key in _STATE_KEYS if _is_state(entries.get(key)) and entries[key]), None)


def _is_state(content: object) -> TypeGuard[dict[str, torch.Tensor]]:
    return isinstance(content, dict) and all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in content.items()
    )


def fitting(
    state: dict[str, torch.Tensor], name: str, path: Path, starting: Sequence[Mapping[str, torch.Tensor]]
) -> dict[str, torch.Tensor]:
    """Return a file's weights without a prefix that all their names have, such as `module.`.

    Parameters
    ----------
    state
        The file's weights by name.
    name, path
        Its network in the configuration, and the file, for messages.
    starting
        The weights, by name, of each network that starts from it; without any, nothing is changed.

    Raises
    ------
    WeightsError
        The file lacks a weight of one of the networks, or has it in another shape.
    """
    wanted = {_flat(key) for own in starting for key in own}
    candidates = [state]
    while all("." in key for key in candidates[-1]) and len({key.split(".")[0] for key in candidates[-1]}) == 1:
        candidates.append({key.partition(".")[2]: value for key, value in candidates[-1].items()})
    # Of equally good ones the first, with the whole names.
    best = max(candidates, key=lambda stripped: len(wanted & set(map(_flat, stripped))))
    for own in starting:
        bad = unfit(own, best)
        if bad:
            missing = set(map(_flat, bad)) - set(map(_flat, best))
            others = [key for key in best if _flat(key) not in wanted and not key.endswith(_COUNTER)]
            unused = others[:_SHOWN] if missing else []
            raise WeightsError(
                f"{path}: not the weights of {name}; {len(bad)} of {len(own)} are missing or of another shape, such as "
                f"{_described(bad[:_SHOWN], own, best)}; "
                + (f"it has {', '.join(unused)} instead; " if unused else "")
                + f"name a file of {name} in `weights` of the configuration, or hub"
            )
    return best


def unfit(own: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> list[str]:
    """Return the names of a network's weights that a file lacks or has in another shape."""
    shapes = {_flat(key): value.shape for key, value in found.items()}
    return [key for key in own if not key.endswith(_COUNTER) and shapes.get(_flat(key)) != own[key].shape]


def _flat(key: str) -> str:
    """Return a weight's name as timm's feature extractors have it: `stages_0` for the whole network's `stages.0`."""
    return key.replace(".", "_")


def _described(names: list[str], own: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> str:
    """Return weights' names, with both shapes where the file has others."""
    shapes = {_flat(key): list(value.shape) for key, value in found.items()}
    return ", ".join(
        f"{name} ({shapes[_flat(name)]}, expected {list(own[name].shape)})" if _flat(name) in shapes else name
        for name in names
    )


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


def read_from_file(network: nn.Module, new: tuple[str, ...] = ()) -> dict[str, torch.Tensor]:
    """Return the weights of a network that are read from a file, by name: all but those with the prefixes `new`."""
    return {key: value for key, value in network.state_dict().items() if not key.startswith(new)}


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
    found = {_flat(key): value for key, value in read_state(path).items()}
    wanted = read_from_file(network, new)
    bad = unfit(wanted, found)
    if bad:
        raise WeightsError(
            f"{path}: {len(bad)} of {len(wanted)} weights are missing or of another shape, first {bad[0]}; "
            "expected the weights of the network named in the configuration: correct `weights` there"
        )
    kept = {key: found[_flat(key)].to(value.dtype) for key, value in wanted.items() if _flat(key) in found}
    # Some encoders override `load_state_dict` with one that does not take `strict`.
    nn.Module.load_state_dict(network, kept, strict=False)
