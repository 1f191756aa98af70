"""Names of cells, symmetry models and networks for people, as the report's image viewer shows them."""

from collections.abc import Iterable

from selcn.design.cells import takes_cams
from selcn.design.trained_networks import TrainedNetwork
from selcn.report.tables.models import label_of


def cell_name(cell: str) -> str:
    """Return an ablation cell's name, such as "model 1: no mask, no CAMs"."""
    number, mask, source = label_of("lesion", cell)
    if not number.isdigit():
        return f"{source} ({mask})"
    cams = f"CAMs: {source}" if takes_cams(cell) else source
    return f"model {number}: {mask}, {cams}"


def network_name(network: TrainedNetwork) -> str:
    """Return a network's name within its model, such as "seed 42, fold 0"."""
    fold = f"fold {network.fold}"
    return f"seed {network.seed}, {fold}" if network.stage == "lesion" else fold


def model_names(models: Iterable[str]) -> dict[str, str]:
    """Return the names of symmetry models: the mask on their input, and whether they start from random weights."""
    labels = {model: label_of("symmetry", model) for model in models}
    return {
        model: mask if pretrained == "yes" else f"{mask}, from random weights"
        for model, (_, mask, pretrained) in labels.items()
    }
