"""The data sets that ship, as they are declared."""

import yaml

from selcn.workflow.declarations import CLONE, read_declarations

DECLARED = read_declarations(yaml.safe_load((CLONE / "config.yaml").read_text())["datasets"])
LESION_CLASSES = {dataset: declared.classes for dataset, declared in DECLARED.items() if declared.classes}
