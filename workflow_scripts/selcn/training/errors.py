"""Errors of a training, apart from the loop so that importing them does not import torch."""


class TrainingFailedError(RuntimeError):
    """A training ended without a usable network."""


class DivergedError(TrainingFailedError):
    """A training's loss is not a number.

    Attributes
    ----------
    row
        The history row of the epoch.
    """

    def __init__(self, message: str, row: dict[str, float]) -> None:
        super().__init__(message)
        self.row = row
