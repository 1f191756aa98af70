"""Run the benchmarks on this machine, print their table, and write it beside a JSON file with every value.

python -m benchmarks                      every row, a few minutes, into bench/
python -m benchmarks --device cuda         those of a GPU; neither network nor Snakemake is needed
python -m benchmarks --rows hair,reading docs/results/cpu
"""

import argparse
import sys
from pathlib import Path

from benchmarks.ceilings import NoGpuError
from benchmarks.running import ROWS, run_rows
from benchmarks.table import Report, as_json, markdown


def main() -> int:
    """Run what is asked for; return 1 where a row failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, default=Path("bench"), help="folder of README.md and bench.json")
    parser.add_argument("--device", choices=ROWS, default="cpu", help="what networks compute on")
    parser.add_argument(
        "--rows", help="which rows, by comma; all: " + "; ".join(f"{k} {','.join(v)}" for k, v in ROWS.items())
    )
    parser.add_argument("--quick", action="store_true", help="sizes of a test, in seconds: the figures mean nothing")
    parser.add_argument("--full", action="store_true", help="also what takes minutes: training with batches of 64")
    arguments = parser.parse_args()
    known = ROWS[arguments.device]
    names = arguments.rows.split(",") if arguments.rows else known
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"unknown rows {', '.join(unknown)}; expected some of {', '.join(known)}")
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    try:
        # After each row, so that a run that is cut short leaves what it has found.
        for report in run_rows(names, command, arguments.quick, arguments.full, arguments.device):
            write_report(report, arguments.out)
    except NoGpuError as error:
        parser.error(f"--device {arguments.device}: {error}")
    print(markdown(report))
    return int(bool(report.failed))


def write_report(report: Report, folder: Path) -> None:
    """Write the table and its values into a folder."""
    from selcn.storage.artifacts import replacing, write_json  # after the rows, to which its libraries would add memory

    with replacing(folder / "README.md") as temporary:
        temporary.write_text(markdown(report))
    write_json(as_json(report), folder / "bench.json")


if __name__ == "__main__":
    sys.exit(main())
