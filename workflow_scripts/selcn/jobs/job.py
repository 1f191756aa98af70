"""The context of every rule's script: verified inputs, recorded outputs, and a log that ends with the error."""

import gc
import logging
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from selcn.design.datasets import ROLES, tell_datasets
from selcn.jobs.environment import JOB
from selcn.jobs.job_record import recorded
from selcn.jobs.signals import StopRequested, stopped_by_signals
from selcn.storage.checksums import forget, record, record_of, require


@contextmanager
def job(snakemake) -> Iterator[logging.Logger]:
    """Run a rule's job: log it, verify its inputs before it, record its outputs' checksums and what it used after it.

    Parameters
    ----------
    snakemake
        What Snakemake gives the rule's script.

    Raises
    ------
    DamagedArtifactError
        An input differs from what another job wrote.
    """
    begun = time.monotonic()
    ignore_imports()
    if names := snakemake.params.get("names"):
        tell_datasets(names, snakemake.params.get("roles", dict(ROLES)))
    with logged(snakemake.log[0]) as log, recorded(snakemake.log[0]):
        require_inputs(snakemake.input)
        for path in snakemake.output:
            forget(path)
        yield log
        for path in snakemake.output:
            record(path)
        # For sizing cluster requests. A rule's `benchmark:` would scan the job's memory twice a second, which costs
        # short jobs too much (docs/decisions.md).
        used = resource.getrusage(resource.RUSAGE_SELF)
        ignore_imports()
        log.info(
            "done in %.1f s, at most %.0f MB of memory, %.1f s of processor time",
            time.monotonic() - begun,
            used.ru_maxrss / 1024,  # Linux counts in KiB
            used.ru_utime + used.ru_stime,
        )


def ignore_imports() -> None:
    """In a job's own process, exempt everything imported so far from garbage collection."""
    if JOB in os.environ:
        gc.freeze()
        gc.enable()


def require_inputs(paths: Iterable[str]) -> None:
    """Refuse inputs that differ from what the workflow wrote; the user's own files have no checksum here."""
    for path in paths:
        if path.startswith("results/") or record_of(path).exists():
            require(path)


@contextmanager
def logged(path: str) -> Iterator[logging.Logger]:
    """Log to a file and to the terminal; on an error, end the file with the error message.

    After a termination signal the file says what the next attempt will do.

    Parameters
    ----------
    path
        The rule's log file.
    """
    logger = logging.getLogger("selcn")
    logger.setLevel(logging.INFO)
    formatter = logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S")
    handlers: list[logging.Handler] = [logging.FileHandler(path, mode="w"), logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    logging.captureWarnings(True)
    with stopped_by_signals():
        try:
            yield logger
        except StopRequested as stop:
            logger.error("%s", stop)
            raise
        except BaseException as error:
            logger.exception("failed")
            logger.error("%s: %s", type(error).__name__, error)
            raise
        finally:
            for handler in handlers:
                logger.removeHandler(handler)
                handler.close()
