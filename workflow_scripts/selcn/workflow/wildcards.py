"""The values that wildcards of the rules may take."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from selcn.data.datasets.ids import IMAGE_ID
from selcn.design.cam_sources import MALIGNANCY, ORACLES, SHAMS
from selcn.design.cells import MASKS
from selcn.prediction.web.libraries import LIBRARIES
from selcn.workflow.paths import numbers

if TYPE_CHECKING:
    from selcn.workflow.study import Study


def wildcards_of(study: "Study") -> dict[str, list[str] | str]:
    """Return the values that each wildcard may take in a study, or a regular expression of them."""
    seeds = {str(seed) for cell in study.cells for seed in study.seeds_of(study.lesion_set, cell)}
    shards = max(*study.shards.values(), *study.gpu_shards.values())
    return {
        "protocol": study.protocols,
        "dataset": study.datasets,
        "shard": numbers(range(shards)),
        "part": numbers(range(study.config["duplicates"]["parts"])),
        "external": study.further_sets,
        "lesion_dataset": list(study.cells_of),
        "settings": study.search.settings,
        "search": study.search.names,
        "worker": numbers(range(study.config["search"]["workers"])),
        "weights": list(study.config["weights"]),
        "library": list(LIBRARIES),
        "architecture": study.architectures,
        "backbone": study.backbones,
        "model": study.models_like_symmetry,
        "mask": list(MASKS),
        "cell": study.cells,
        "cam_model": study.cam_models,
        "sham": [sham for sham in SHAMS if sham != MALIGNANCY],
        "oracle": list(ORACLES),
        "seed": sorted(seeds),
        "segmentation_fold": numbers(max((study.segmentation_folds[name] for name in study.protocols), key=len)),
        "symmetry_fold": numbers(study.folds["symmetry"]),
        "lesion_fold": numbers(study.folds["lesion"]),
        "image_id": IMAGE_ID,
    }


def constraints_of(wildcards: Mapping[str, list[str] | str]) -> dict[str, str]:
    """Return the regular expressions of wildcards, given what `wildcards_of` returns."""
    return {
        name: values if isinstance(values, str) else "|".join(map(re.escape, values))
        for name, values in wildcards.items()
    }
