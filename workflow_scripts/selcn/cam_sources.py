"""Where the maps that the E-Layer is given come from: `sym-<source>` in a cell's name."""

SYMMETRY_MODELS = ("none", "seg", "lae")
"""Symmetry models with a transfer of CAMs, each named after the mask on its input."""

MADE_UP = ("zeros", "gaussian")
"""Shams that no network makes."""

SHAMS = ("zeros", "shuffled", "gaussian", "mask", "malignancy")
"""What stands in the place of a symmetry model's CAMs (docs/decisions.md)."""

SHAMS_OF_UNMASKED = ("shuffled", "malignancy")
"""Those made as the CAMs of symmetry model `none` are: with a network whose input has no mask."""
