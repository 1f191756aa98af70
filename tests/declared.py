"""The data sets that ship, as they are declared."""

import yaml

from selcn.workflow.declarations import CLONE, read_declarations

DECLARED = read_declarations(yaml.safe_load((CLONE / "config.yaml").read_text())["datasets"])
ROLES = {
    "segmentation": ["ham10000"],
    "symmetry": ["symderm"],
    "lesion": ["ham10000", "isic2016"],
    "external": ["isic2019"],
    "further": [],
}
"""The data sets of each role, as jobs are told them."""
LESION_CLASSES = {dataset: declared.classes for dataset, declared in DECLARED.items() if declared.classes}
