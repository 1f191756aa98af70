"""Leave soon, and tidily, when told to: by Slurm's preemption or time limit, by `kill`, from the keyboard."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Slurm preempts with SIGTERM, and sends what `--signal` says ahead of a time limit, SIGUSR1 by custom.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


class ToldToStop(SystemExit):
    """A signal told this process to stop; as an exception, so that whatever is open is closed on the way out.

    Attributes
    ----------
    code
        Exit code of the process, by the shell's custom: 128 and the signal's number.
    next_attempt
        What the next attempt does; whoever keeps progress says so.
    """

    next_attempt = "goes on with what this one has kept"

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number)

    def __str__(self) -> str:
        return f"told to stop ({self.signal.name}): the next attempt {self.next_attempt}"


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise `ToldToStop` within the block at the first of `SIGNALS`; later ones are ignored, so that it can tidy up.

    A signal that the process was started to ignore stays ignored, as SIGINT is in a shell's background. To be entered
    in the main thread, the only one that hears signals.
    """

    def stop(number: int, frame: object) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_IGN)
        raise ToldToStop(number)

    heard = {each: signal.getsignal(each) for each in SIGNALS if signal.getsignal(each) != signal.SIG_IGN}
    for each in heard:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each, handler in heard.items():
            signal.signal(each, handler)
