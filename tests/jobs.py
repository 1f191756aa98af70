"""A rule's script run as Snakemake runs it, in this process."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

from snakemake.iocontainers import InputFiles, Log, Namedlist, OutputFiles, Params, Wildcards

SCRIPTS = Path(__file__).parents[1] / "workflow_scripts"


def named(kind: type[Namedlist], files: Mapping[str, str | list[str]]) -> Namedlist:
    """Return files as Snakemake gives them: flat, and each name that of one file or of several."""
    out = kind()
    for name, paths in files.items():
        begin = len(out)
        out.extend(map(str, [paths] if isinstance(paths, str | Path) else paths))
        out._set_name(name, begin, end=None if isinstance(paths, str | Path) else len(out))
    return out


def run_script(
    name: str,
    folder: Path,
    inputs: Mapping[str, str | list[str]],
    outputs: Mapping[str, str],
    params: Mapping[str, object] | None = None,
    wildcards: Mapping[str, str] | None = None,
    threads: int = 1,
    config: Mapping[str, object] | None = None,
) -> None:
    """Run `workflow_scripts/<name>.py` with these named inputs and outputs, its log in a folder."""
    snakemake = SimpleNamespace(
        rule=name,
        input=named(InputFiles, inputs),
        output=named(OutputFiles, outputs),
        # Every rule names its code's digest.
        params=Params(fromdict={"code": "digest", **(params or {})}),
        wildcards=Wildcards(fromdict=dict(wildcards or {})),
        log=Log(toclone=[str(folder / f"{name}.log")]),
        threads=threads,
        config=dict(config or {}),
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": snakemake})
