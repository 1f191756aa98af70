"""Signals as a program in the foreground gets them."""

import signal

# A run in the background may have been started to ignore it, and the processes of its tests would do the same.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
