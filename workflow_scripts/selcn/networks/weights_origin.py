"""Where a network's pre-trained weights come from: tag, address and SHA-256, in a small file beside them."""

from pathlib import Path

from selcn.networks.lean import without_compiler
from selcn.networks.weights import TORCHVISION
from selcn.storage.artifacts import sha256_of, write_json


def write_origin(name: str, source: str, weights: Path) -> None:
    """Write where weights come from beside them, as `<name>.json`.

    Parameters
    ----------
    name
        A torchvision or timm model.
    source
        As `selcn.networks.weights.provide_weights` takes it.
    weights
        The file that it wrote.
    """
    origin = {"source": source} | (hub_of(name) if source == "hub" else {})
    if source not in ("hub", "random"):
        origin["source_sha256"] = sha256_of(Path(source))
    write_json(origin | {"sha256": sha256_of(weights)}, weights.with_suffix(".json"))


def hub_of(name: str) -> dict[str, str]:
    """Return the tag and the address of the weights that torchvision or timm downloads for a network."""
    with without_compiler():
        if name in TORCHVISION:
            from torchvision.models import get_model_weights

            default = get_model_weights(name).DEFAULT
            return {"tag": str(default), "address": default.url}
        import timm

    found = timm.get_pretrained_cfg(name)
    return {"tag": found.tag, "address": f"https://huggingface.co/{found.hf_hub_id}" if found.hf_hub_id else found.url}
