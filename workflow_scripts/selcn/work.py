"""Progress and finished work, kept outside the declared outputs, which Snakemake deletes when a job fails.

Each piece of work lies under a fingerprint of all that its result depends on. The same fingerprint: go on where the
last attempt stopped, or hand the finished work over. Another: begin anew.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable
from pathlib import Path

from selcn.artifacts import read_json, replacing, sha256_of, write_json
from selcn.workflow.code import digest_of

log = logging.getLogger("selcn.work")


def fingerprint(inputs: Iterable[str], settings: object, code: Iterable[str]) -> str:
    """Return a digest of everything that a result depends on.

    Parameters
    ----------
    inputs
        Files whose contents matter. Arrays (`.npy`) are left out: the JSON beside each names its checksum.
    settings
        Anything JSON can hold.
    code
        The script and the modules it imports; comments and docstrings do not count.
    """
    contents = sorted(sha256_of(path) for path in inputs if not path.endswith(".npy"))
    parts = {"inputs": contents, "settings": settings, "code": digest_of(code)}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


class Work:
    """One piece of costly work: a folder for its progress, and its outputs once they are finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs = folder / "outputs"
        self.progress = folder / "progress.pt"
        self._receipt = folder / "finished.json"
        self.outputs.mkdir(parents=True, exist_ok=True)

    @classmethod
    def of_job(cls, snakemake, *settings: object) -> "Work":
        """Return the work of a rule's job, by its rule, its first output, its inputs, settings and code."""
        data = [path for name, paths in snakemake.input.items() if name != "code" for path in as_list(paths)]
        mark = fingerprint(data, [snakemake.params.get("settings"), *settings], as_list(snakemake.input.code))
        place = Path("work") / snakemake.rule / Path(snakemake.output[0]).parent.relative_to("results")
        return cls(place / mark)

    @property
    def finished(self) -> bool:
        """Whether the outputs are all there and unchanged since they were finished."""
        if not self._receipt.exists():
            return False
        for name, checksum in read_json(self._receipt).items():
            path = self.outputs / name
            if not path.is_file() or sha256_of(path) != checksum:
                log.warning("%s is damaged; making it again", path)
                self._receipt.unlink()
                return False
        return True

    def finish(self) -> None:
        """Record the outputs as finished, with their checksums; the progress is no longer needed."""
        files = sorted(path for path in self.outputs.rglob("*") if path.is_file())
        write_json({path.relative_to(self.outputs).as_posix(): sha256_of(path) for path in files}, self._receipt)
        self.progress.unlink(missing_ok=True)

    def hand_over(self, declared: Iterable[str]) -> None:
        """Copy the finished outputs to the declared ones, found by the last part of their names."""
        for target in map(Path, declared):
            source = self.outputs / target.name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                with replacing(target) as temporary:
                    shutil.copyfile(source, temporary)


def as_list(paths: str | Iterable[str]) -> list[str]:
    """Return one path or several as a list."""
    return [paths] if isinstance(paths, str) else list(paths)
