"""Exit promptly and cleanly on a termination signal: Slurm's preemption or time limit, `kill`, or the keyboard."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Slurm preempts with SIGTERM, and sends what `--signal` says ahead of a time limit, SIGUSR1 by custom.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


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

    Signals that the process was started to ignore stay ignored, such as SIGINT for a shell's background job. Enter it
    in the main thread, which alone receives signals.
    """

    def stop(number: int, frame: object) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_IGN)
        raise StopRequested(number)

    heard = {each: signal.getsignal(each) for each in SIGNALS if signal.getsignal(each) != signal.SIG_IGN}
    for each in heard:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each, handler in heard.items():
            signal.signal(each, handler)
