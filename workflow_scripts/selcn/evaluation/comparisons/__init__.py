"""Differences between cells: how large, how sure, and in words; for new lesions, not for the test set at hand alone."""
