"""Resumable work: progress and finished results outside the declared outputs, which Snakemake deletes on failure.

Each piece of work lies under a fingerprint of everything its result depends on. With the same fingerprint a job resumes
where the last attempt stopped, or hands over the finished work; with another it starts from scratch.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from selcn.jobs.environment import RECORD
from selcn.jobs.environment_record import write_environment
from selcn.storage.artifacts import read_json, replacing, sha256_of, write_json
from selcn.storage.checksums import fault_of, record, recorded

log = logging.getLogger("selcn.jobs.resumable")

# In work/: the former digest of each script's code whose work may be taken over.
TAKEN_OVER = "former_code.json"


def fingerprint(inputs: Sequence[str], settings: object, code: str) -> str:
    """Return a digest of everything a result depends on.

    Parameters
    ----------
    inputs
        Files whose contents matter. Arrays (`.npy`) are left out: their manifest has the rows' checksums, and does not
        depend on the number of shards.
    settings
        Anything JSON can hold.
    code
        The digest of the script and the modules it imports (`workflow.code`).

    Raises
    ------
    ValueError
        The manifest of an array is not among the inputs.
    """
    described = [path for path in inputs if not path.endswith(".npy")]
    for array in set(inputs) - set(described):
        # A shard's manifest lies beside its array, that of all shards one folder up.
        if not {str(place / "manifest.parquet") for place in Path(array).parents[:2]} & set(described):
            raise ValueError(
                f"{array} is an input, but not the manifest that has its rows' checksums; name it in the rule"
            )
    contents = sorted(content_of(path) for path in described)
    parts = {"inputs": contents, "settings": settings, "code": code}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def content_of(path: str) -> str:
    """Return a file's SHA-256: for a job's output the recorded one, which was just verified."""
    return recorded(path) if path.startswith("results/") else sha256_of(path)


class ResumableWork:
    """One piece of costly work: a folder for its progress and its finished outputs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs = folder / "outputs"
        self.progress = folder / "progress.pt"
        self._receipt = folder / "finished.json"
        self.outputs.mkdir(parents=True, exist_ok=True)

    @classmethod
    def of_job(
        cls,
        snakemake,
        sliced: Mapping[str, pd.DataFrame] | None = None,
        folder: Path | None = None,
        without: Collection[str] = (),
    ) -> "ResumableWork":
        """Return the work of a rule's job, by its rule, its first output, its inputs, settings and code.

        Parameters
        ----------
        sliced
            Inputs of which only some rows matter, such as a shard's, by name; and these rows.
        folder
            Folder of the work's declared outputs, for a job with several pieces of work; by default the first output's.
        without
            Names of inputs that the work does not depend on.
        """
        sliced = sliced or {}
        left_out = {*sliced, *without}
        data = [path for name, paths in snakemake.input.items() if name not in left_out for path in as_list(paths)]
        # Without row numbers, which depend on other shards' images.
        rows = [rows.to_json(orient="split", index=False) for rows in sliced.values()]
        params = snakemake.params
        # For a job that does more than this work, only the work's own code matters.
        code, settings = params.get("training", params.code), [params.get("settings"), *rows]
        place = Path("work") / snakemake.rule / (folder or Path(snakemake.output[0]).parent).relative_to("results")
        present = place / fingerprint(data, settings, code)
        former = former_digest(Path("work"), code)
        if former is not None and not present.exists():
            adopt(place / fingerprint(data, settings, former), present)
        return cls(present)

    @property
    def finished(self) -> bool:
        """Whether the outputs are all there and unchanged since they were finished."""
        if not self._receipt.exists():
            return False
        fault = fault_of(self._receipt) or next((f"{path} is damaged" for path in damaged_outputs(self._receipt)), None)
        if fault is None:
            log.info("%s: already finished", self.folder)
            return True
        log.warning("%s; recomputing it", fault)
        self._receipt.unlink()
        return False

    def finish(self) -> None:
        """Record the outputs as finished, with their checksums and environment.

        The progress is no longer needed, and is removed with what killed attempts left of it.
        """
        write_environment(self.outputs)
        # Without temporary files of killed attempts.
        files = sorted(path for path in self.outputs.iterdir() if not path.name.startswith("."))
        write_json({path.name: sha256_of(path) for path in files}, self._receipt)
        record(self._receipt)
        for file in (*self.folder.glob("progress.*"), *self.folder.glob(".progress.*")):
            file.unlink(missing_ok=True)

    def hand_over(self, declared: Iterable[str]) -> None:
        """Link the finished outputs to their declared paths, matched by file name.

        The record of the environment that they were made in goes with them.
        They are hard links, so that nothing is stored twice: damage to one is damage to both, and the work is then
        recomputed.
        """
        targets = list(map(Path, declared))
        for target in targets:
            link(self.outputs / target.name, target)
        record_of_environment = self.outputs / RECORD
        if record_of_environment.exists():  # work of earlier versions has none
            link(record_of_environment, targets[0].parent / RECORD)


def damaged_outputs(receipt: Path) -> Iterator[Path]:
    """Yield the outputs of finished work that are missing or differ from its receipt."""
    for name, checksum in read_json(receipt).items():
        path = receipt.parent / "outputs" / name
        if not path.is_file() or sha256_of(path) != checksum:
            yield path


def former_digest(work: Path, code: str) -> str | None:
    """Return the former digest of a script's code, if the study allows its work to be taken over (`take_over`)."""
    allowed = work / TAKEN_OVER
    return read_json(allowed).get(code) if allowed.exists() else None


def adopt(former: Path, present: Path) -> None:
    """Give work of an earlier version of the code its present place, where there is any."""
    if former.exists():
        former.rename(present)
        log.info("%s: taken over from an earlier version of the workflow (%s)", present, former.name)


def link(source: str | Path, target: str | Path) -> None:
    """Hard-link a file, or copy it where the file system has no hard links."""
    with replacing(target) as temporary:
        temporary.unlink()
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)


def as_list(paths: str | Iterable[str]) -> list[str]:
    """Return one path or several as a list."""
    return [paths] if isinstance(paths, str) else list(paths)


def inputs_named(inputs, prefix: str) -> SimpleNamespace:
    """Return the inputs whose names have a prefix, without it."""
    return SimpleNamespace(**{k.removeprefix(prefix): v for k, v in inputs.items() if k.startswith(prefix)})
