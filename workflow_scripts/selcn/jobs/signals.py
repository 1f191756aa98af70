"""Exit promptly and cleanly on a termination signal: from Slurm, `kill`, the keyboard, or a terminal that is closed.

Signals that the process was started to ignore stay ignored, such as SIGHUP under `nohup`, and SIGINT for a shell's
background job.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

# Of a job. Slurm preempts with SIGTERM, and sends what `--signal` says ahead of a time limit, SIGUSR1 by custom. A
# terminal that is closed sends SIGHUP.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
# Of Snakemake. It handles SIGINT itself.
SNAKEMAKE_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class StopRequested(SystemExit):
    """A termination signal, as an exception, so that open files are closed on the way out.

    Attributes
    ----------
    code
        Exit code of the process, by the shell's custom: 128 and the signal's number.
    next_attempt
        What the next attempt does, set by code that keeps progress.
    """

    next_attempt = "resumes from the saved progress"

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number)

    def __str__(self) -> str:
        return f"stopped by {self.signal.name}: the next attempt {self.next_attempt}"


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise `StopRequested` within the block at the first of `SIGNALS`; later ones are ignored during cleanup.

    Enter it in the main thread, which alone receives signals.
    """

    def stop(number: int, frame: object) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_IGN)
        raise StopRequested(number)

    heard = {each: signal.getsignal(each) for each in _heard(SIGNALS)}
    for each in heard:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each, handler in heard.items():
            signal.signal(each, handler)


def exit_on_signals() -> None:
    """Have Snakemake exit through an exception while it plans, so that it removes its lock on the way."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    for each in _heard(SNAKEMAKE_SIGNALS):
        signal.signal(each, leave)


def stop_on_signals(stop: Callable[[], object]) -> None:
    """Have Snakemake call a function while it runs jobs: start no more, wait for those that run, remove the lock.

    In a thread of its own, since the function waits for a lock that the interrupted main thread may hold.
    """
    for each in _heard(SNAKEMAKE_SIGNALS):
        signal.signal(each, lambda *_: threading.Thread(target=stop).start())


def _heard(numbers: Sequence[signal.Signals]) -> list[signal.Signals]:
    # Python lets the main thread alone set handlers; Snakemake's API may be called in another.
    if threading.current_thread() is not threading.main_thread():
        return []
    return [each for each in numbers if signal.getsignal(each) != signal.SIG_IGN]
