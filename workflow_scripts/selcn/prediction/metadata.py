"""The metadata of a bundle, in the style of MONAI's bundles, with what its own code reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from selcn.design.classes import SYMMETRY_CLASSES
from selcn.design.datasets import DATASETS
from selcn.design.terms import RESEARCH_USE
from selcn.design.trained_networks import TrainedNetwork
from selcn.prediction.bundle import SCHEMA
from selcn.storage.artifacts import read_table


def metadata_of(params: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of metadata.json.

    Parameters
    ----------
    params
        What the rule tells of the cell: see `selcn.workflow.inputs.bundles.BundleInputs.told`.
    parts
        Keys cell, protocol, version, demo, segmentation, symmetry, lesion, thresholds, known, data and metrics.
    """
    size, classes = params["pack"]["size"], list(params["classes"])
    return {
        "schema": SCHEMA,
        "version": parts["version"],
        "name": f"SE-LCN {parts['cell']}, {parts['protocol']}",
        "task": "Classification of skin lesions in dermoscopy",
        "intended_use": RESEARCH_USE,
        "demo": parts["demo"],
        "cell": parts["cell"],
        "protocol": parts["protocol"],
        "classes": classes,
        "symmetry_classes": list(SYMMETRY_CLASSES),
        "hair": params["hair"],
        "pack": params["pack"],
        "lae": params["lae"],
        **{key: parts[key] for key in ("segmentation", "symmetry", "lesion", "thresholds", "known", "data", "metrics")},
        "network_data_format": {
            "inputs": {
                "images": {
                    "type": "image",
                    "format": "RGB",
                    "modality": "dermoscopy",
                    "num_channels": 3,
                    "spatial_shape": [size, size],
                    "dtype": "uint8",
                    "value_range": [0, 255],
                    "is_patch_data": False,
                    "channel_def": {"0": "red", "1": "green", "2": "blue"},
                }
            },
            "outputs": {
                "masks": {"type": "segmentation", "spatial_shape": [size, size], "channel_def": {"1": "lesion"}},
                "symmetry": {"type": "probabilities", "channel_def": numbered(SYMMETRY_CLASSES)},
                "probabilities": {"type": "probabilities", "channel_def": numbered(classes)},
            },
        },
    }


def numbered(names: Sequence[str]) -> dict[str, str]:
    """Return names by their numbers, as MONAI's metadata has them."""
    return {str(number): name for number, name in enumerate(names)}


def data_of(
    datasets: Sequence[str],
    indices: Sequence[str],
    networks: Sequence[TrainedNetwork],
    trained: Sequence[str],
    terms: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return what a bundle says of each data set that its networks were trained on.

    Parameters
    ----------
    datasets, indices
        Data sets and their indices.
    networks, trained
        Networks, and the ids that each was trained on.
    terms
        Terms of use by data set, where they are known.
    """
    sizes = {dataset: len(read_table(index)) for dataset, index in zip(datasets, indices, strict=True)}
    seen: dict[str, set[str]] = {}
    for network, path in zip(networks, trained, strict=True):
        seen.setdefault(network.dataset, set()).update(read_table(path)["image_id"])
    return [
        {
            "name": DATASETS[dataset],
            "images": sizes[dataset],
            "images_trained_on": len(ids),
            "terms": terms.get(dataset, "not recorded here; ask whoever published it"),
        }
        for dataset, ids in seen.items()
    ]
