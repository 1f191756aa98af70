"""SE-LCN: a symmetry-enhanced cascade for skin-lesion classification, as a workflow of cached artifacts."""

import gc
import os

# What a job imports stays to its end. Python's garbage collector would search it again and again, a third of the start
# of a job that imports torch; `selcn.jobs.job.job` switches the collector on when the imports are done.
if "SELCN_JOB" in os.environ:
    gc.disable()
