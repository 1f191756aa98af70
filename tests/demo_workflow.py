"""The workflow as the demo's configuration makes it, read by Snakemake in this process, which that changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

PROJECT = Path(__file__).resolve().parents[1]


@contextmanager
def demo_workflow(directory: Path) -> Iterator:
    """Yield the workflow, whose working directory is the one given."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        yield api.workflow(
            ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[PROJECT / "config/demo.yaml"]),
            snakefile=PROJECT / "Snakefile",
            workdir=directory,
        )._workflow
