"""The command `selcn`."""

import logging
import os
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from selcn.design.terms import RESEARCH_USE
from selcn.jobs.environment import HUGE_PAGES

if TYPE_CHECKING:
    from selcn.prediction.bundle import Bundle

app = typer.Typer(
    help=f"A trained SE-LCN cascade on new images. {RESEARCH_USE}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# Below the folder of results, hidden: finished rows of runs that were interrupted.
WORK = ".selcn-work"
# As shells report a command that Ctrl-C ended.
INTERRUPTED = 130


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"selcn {version('selcn')}")
        raise typer.Exit


@app.callback()
def options(
    tell: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options before a subcommand."""


@app.command()
def predict(
    folder: Annotated[Path, typer.Argument(help="Folder of images; its sub-folders are searched as well.")],
    bundle: Annotated[list[Path], typer.Option(help="Folder of a bundle; repeat the option for several bundles.")],
    out: Annotated[Path, typer.Option(help="Folder of the results; several bundles have a sub-folder each.")],
    device: Annotated[str | None, typer.Option(help="cpu or cuda; by default the GPU where there is one.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Images per batch.")] = 32,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; by default as many as processors.")] = None,
) -> None:
    """Predict every image of a folder: tables, masks, CAMs, a sheet an image, and a page, index.html.

    After an interruption, run the same command to resume. Files that cannot be predicted are in rejected.csv.

    Exit codes: 0 finished, even with rejected files; 1 all files rejected, or an error; 2 wrong option; 130 Ctrl-C.
    """
    # Both before torch is loaded. Its threads would else keep processors busy while they wait for one another, which
    # takes several times as long beside the threads that read and write.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault(HUGE_PAGES, "1")
    # Torch takes seconds to import, which --help need not.
    import torch

    from selcn.prediction.bundle import Bundle, BundleError
    from selcn.prediction.files import FolderError, list_images
    from selcn.storage.artifacts import NoSpaceError

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # The tables say what Pillow warns of.
    warnings.filterwarnings("ignore", module="PIL")
    if device and device.startswith("cuda") and not torch.cuda.is_available():
        raise typer.BadParameter(f"{device}: torch finds no GPU here; leave --device out, or give cpu")
    if out.resolve() == folder.resolve():
        raise typer.BadParameter(f"{out} is the folder of images; name another for the results")
    threads = threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    try:
        bundles = [Bundle.load(each) for each in bundle]
        files = list_images(folder, without=[out])
        places = places_of(bundles, out)
        require_writable(out)
        for each, place in zip(bundles, places, strict=True):
            predicted = predict_by(each, folder, files, place, device, batch_size, threads)
    except (BundleError, FolderError, NoSpaceError) as error:
        typer.echo(f"selcn: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        typer.echo("selcn: interrupted; finished images are kept, and the same command resumes", err=True)
        raise typer.Exit(INTERRUPTED) from error
    if not predicted:
        typer.echo(f"selcn: none of {len(files)} files could be predicted; rejected.csv says why", err=True)
        raise typer.Exit(1)


def require_writable(out: Path) -> None:
    """Make the folder of the results, if it is not there.

    Raises
    ------
    typer.BadParameter
        It is a file, or nothing can be written there.
    """
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file; name a folder for the results")
    try:
        out.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=out).close()
    except OSError as error:
        raise typer.BadParameter(
            f"nothing can be written to {out} ({error.strerror}); name another folder, or correct its permissions"
        ) from error


def places_of(bundles: Sequence["Bundle"], out: Path) -> list[Path]:
    """Return the folder of each bundle's results: `out` of a single one, else one named after the cell.

    Raises
    ------
    typer.BadParameter
        Two bundles are of the same cell and protocol.
    """
    if len(bundles) == 1:
        return [out]
    told = [bundle.metadata for bundle in bundles]
    cells = Counter(each["cell"] for each in told)
    names = [each["cell"] if cells[each["cell"]] == 1 else f"{each['cell']}-{each['protocol']}" for each in told]
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice:
        raise typer.BadParameter(f"two bundles are {twice[0]}; predict by them one after the other, into two folders")
    return [out / name for name in names]


def predict_by(
    bundle: "Bundle", folder: Path, files: Sequence, out: Path, device: str | None, batch_size: int, threads: int
) -> int:
    """Predict files by one bundle, and write the tables and the page; return the number of predicted images."""
    from selcn.prediction.cascade import Cascade
    from selcn.prediction.folder import FolderSettings, Places, predict_folder
    from selcn.prediction.pictures import PICTURES, remove_former_pictures
    from selcn.prediction.rows import write_tables
    from selcn.report.predictions.page import PAGE, write_page
    from selcn.workflow.code_digest import code_of

    log = logging.getLogger(__name__)
    log.info("%d files by %s, %s", len(files), bundle.metadata["cell"], bundle.metadata["protocol"])
    cascade = Cascade.of(bundle, device)
    settings = FolderSettings(batch_size=batch_size, threads=threads)
    code = code_of("selcn/prediction/folder.py")
    predictions, rejected = predict_folder(cascade, folder, files, Places(out, out / WORK), settings, code)
    write_tables(predictions, rejected, out)
    write_page(predictions, rejected, bundle.metadata, folder.resolve().name, PICTURES, out)
    former = remove_former_pictures(predictions["name"].to_pylist(), out)
    if former:
        log.info("removed pictures of images that are no longer predicted: %d", former)
    log.info("%d predicted, %d rejected: %s", len(predictions), len(rejected), out / PAGE)
    log.info(RESEARCH_USE)
    return len(predictions)


if __name__ == "__main__":
    app()
