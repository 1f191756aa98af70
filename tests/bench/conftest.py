"""Benchmarks compute on the CPU here, also in the processes that they start."""

import os

os.environ["SELCN_ALLOW_CPU"] = "1"
