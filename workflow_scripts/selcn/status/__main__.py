"""Show what a study has done, does and waits for, by its files alone.

    python -m selcn.status study
    python -m selcn.status study --watch

No Snakemake is asked, and none needs to run. What a change of the configuration will compute again is still shown as
finished: `snakemake -n` lists it.
"""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console, RenderableType

from selcn.status.configuration import NoStudyError, study_of
from selcn.status.page import Status
from selcn.workflow.study import Study

REFRESH = 5.0
"""Seconds between two looks at the files, with --watch."""


def watch(console: Console, study: Study, folder: Path) -> None:
    """Show the page and renew it until Ctrl-C, then print it once more."""

    def page() -> RenderableType:
        return Status(study, folder, time.time()).page()

    try:
        with console.screen() as screen:
            while True:
                screen.update(page())
                time.sleep(REFRESH)
    except KeyboardInterrupt:
        console.print(page())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m selcn.status", description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="the study's folder, such as study or demo")
    parser.add_argument("--watch", action="store_true", help="renew the page every few seconds, until Ctrl-C")
    parser.add_argument(
        "--configfile",
        type=Path,
        nargs="+",
        default=[],
        help="the overlays of the run, where the folder does not have its configuration",
    )
    arguments = parser.parse_args()
    console = Console(highlight=False)
    if arguments.watch and not console.is_terminal:
        parser.error("--watch needs a terminal; without it the page is printed once")
    try:
        study = study_of(arguments.study, arguments.configfile)
    except NoStudyError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.watch:
        watch(console, study, arguments.study)
    else:
        console.print(Status(study, arguments.study, time.time()).page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
