"""Errors of a training, apart from the loop so that importing them does not import torch."""


class TrainingFailedError(RuntimeError):
    """A training ended without a usable network."""


class DivergedError(TrainingFailedError):
    """A training's loss is not finite.

    Attributes
    ----------
    history
        The history so far, of which the last row is the epoch's.
    """

    def __init__(self, message: str, row: dict[str, float]) -> None:
        super().__init__(message)
        self.history = [row]
