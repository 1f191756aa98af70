"""What every rule's script shares: a log that ends with one sentence when the job fails."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from selcn.stopping import ToldToStop, stopped_by_signals


@contextmanager
def logged(path: str) -> Iterator[logging.Logger]:
    """Log to a file and to the terminal; on an error, end the file with the error's own sentence.

    A signal to stop is an error in this sense: the file says what the next attempt will do.

    Parameters
    ----------
    path
        The rule's log file.
    """
    logger = logging.getLogger("selcn")
    logger.setLevel(logging.INFO)
    formatter = logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S")
    handlers = [logging.FileHandler(path, mode="w"), logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    logging.captureWarnings(True)
    with stopped_by_signals():
        try:
            yield logger
        except ToldToStop as stop:
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
