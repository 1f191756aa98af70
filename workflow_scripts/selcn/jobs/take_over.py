"""Take over the finished work of a study that an earlier version of the workflow made.

    python -m selcn.jobs.take_over study

For scripts whose code was only moved or reworded, resources/former_code.json lists the digest before and the
present one. The command compares the study's finished work with its checksums and allows the next runs to rename it
(`work/former_code.json`), so that it is handed over instead of computed again.
"""

import argparse
import json
import sys
from pathlib import Path

from selcn.jobs.resumable import TAKEN_OVER, damaged_outputs
from selcn.storage.artifacts import write_json

RESOURCE = Path(__file__).resolve().parents[3] / "resources/former_code.json"


class TakeOverError(Exception):
    """A study's work cannot be taken over."""


def take_over(study: Path) -> str:
    """Allow the next runs of a study to take over its finished work, and return what was found.

    Raises
    ------
    TakeOverError
        The folder has no work/, or finished work is damaged.
    """
    work = study / "work"
    receipts = sorted(path for path in work.rglob("finished.json") if (path.parent / "outputs").is_dir())
    if not receipts:
        raise TakeOverError(f"{work}: no finished work; name a study's folder, as in make take-over STUDY=study")
    wrong = [path for receipt in receipts for path in damaged_outputs(receipt)]
    if wrong:
        raise TakeOverError(
            f"{wrong[0]}: {len(wrong)} files of finished work are missing or damaged; remove their folders (the two "
            "above each), so that the next run computes them again, and repeat this command"
        )
    pairs = json.loads(RESOURCE.read_text())["digests"]
    if not pairs:
        raise TakeOverError(f"{RESOURCE}: lists no script; this version computes everything again")
    write_json({pair["now"]: pair["before"] for pair in pairs.values()}, work / TAKEN_OVER)
    return (
        f"{len(receipts)} pieces of finished work are what they were; the next runs take over those of "
        f"{len(pairs)} scripts whose code was only moved or reworded, and compute the rest again"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m selcn.jobs.take_over", description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="the study's folder, which has work/ and results/")
    try:
        print(take_over(parser.parse_args().study))
    except TakeOverError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
