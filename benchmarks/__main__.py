"""Run the benchmarks on this machine, print their table, and write it beside a JSON file with every value.

python -m benchmarks                      every row, a few minutes, into bench/
python -m benchmarks --rows hair,reading docs/results/cpu
"""

import argparse
import sys
from pathlib import Path

from benchmarks.running import ROWS, run_rows
from benchmarks.table import Report, as_json, markdown


def main() -> int:
    """Run what is asked for; return 1 where a row failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, default=Path("bench"), help="folder of README.md and bench.json")
    parser.add_argument("--rows", default=",".join(ROWS), help="which rows, by comma; all: %(default)s")
    parser.add_argument("--quick", action="store_true", help="sizes of a test, in seconds: the figures mean nothing")
    parser.add_argument("--full", action="store_true", help="also what takes minutes: training with batches of 64")
    arguments = parser.parse_args()
    names = arguments.rows.split(",")
    if unknown := sorted(set(names) - set(ROWS)):
        parser.error(f"unknown rows {', '.join(unknown)}; expected some of {', '.join(ROWS)}")
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    report = run_rows(names, command, arguments.quick, arguments.full)
    write_report(report, arguments.out)
    return int(bool(report.failed))


def write_report(report: Report, folder: Path) -> None:
    """Print the table, and write it and its values into a folder."""
    from selcn.artifacts import replacing, write_json  # after the rows, to which its libraries would add memory

    print(markdown(report))
    with replacing(folder / "README.md") as temporary:
        temporary.write_text(markdown(report))
    write_json(as_json(report), folder / "bench.json")


if __name__ == "__main__":
    sys.exit(main())
