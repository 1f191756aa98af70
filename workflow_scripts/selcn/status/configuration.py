"""The study that a folder holds, by the configuration of its latest run."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from selcn.workflow.configuration_file import CONFIGURATION
from selcn.workflow.study import Study

DEFAULTS = Path(__file__).resolve().parents[3] / "config.yaml"


class NoStudyError(Exception):
    """A folder is no study, or a study whose configuration is not known."""


def study_of(folder: Path, overlays: Sequence[Path]) -> Study:
    """Return the study in a folder.

    Parameters
    ----------
    overlays
        Files of the run's `--configfile`; none: the configuration that the latest run has left in the folder.

    Raises
    ------
    NoStudyError
        The folder has no logs, or no configuration, or a file is no configuration.
    """
    if not (folder / "logs").is_dir():
        raise NoStudyError(
            f"{folder}: no study; expected a folder with logs/ and results/, such as study or demo, which the first "
            "run makes; name it, as in make status STUDY=study"
        )
    if overlays:
        config = read(DEFAULTS)
        for path in overlays:
            config = overlaid(config, read(path))
        return Study.from_config(config)
    path = folder / CONFIGURATION
    if not path.is_file():
        raise NoStudyError(
            f"{path}: not there; a run writes it when it starts. For a run that was started by an earlier version, "
            "name its overlays: python -m selcn.status study --configfile my.yaml (config.yaml where it has none)"
        )
    # Earlier versions had fewer keys.
    return Study.from_config(overlaid(read(DEFAULTS), read(path)))


def read(path: Path) -> Mapping:
    """Read a configuration, YAML or JSON.

    Raises
    ------
    NoStudyError
        The file cannot be read, or holds no keys.
    """
    try:
        # To YAML, JSON's 1e-05 is text.
        config = (json.loads if path.suffix == ".json" else yaml.safe_load)(path.read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise NoStudyError(f"{path}: cannot be read as a configuration ({error}); name or mend the file") from error
    if not isinstance(config, Mapping):
        raise NoStudyError(f"{path}: no keys in it; expected a configuration such as config.yaml")
    return config


def overlaid(config: Mapping, overlay: Mapping) -> dict:
    """Return a configuration with the keys of an overlay changed, as Snakemake does."""
    changed = dict(config)
    for key, value in overlay.items():
        within = isinstance(value, Mapping) and isinstance(config.get(key), Mapping)
        changed[key] = overlaid(config[key], value) if within else value
    return changed
