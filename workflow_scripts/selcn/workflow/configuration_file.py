"""The configuration of a study's latest run, kept beside its logs. Standard library only."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

CONFIGURATION = Path("logs/configuration.json")
"""The file, below the study's folder."""


def write_configuration(config: Mapping) -> None:
    """Write the configuration of the study in the working directory, atomically."""
    temporary = CONFIGURATION.with_name(f".configuration.{os.getpid()}.json")
    CONFIGURATION.parent.mkdir(exist_ok=True)
    temporary.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    temporary.replace(CONFIGURATION)
