"""Errors of a training, apart from the loop so that importing them does not import torch."""


class TrainingFailedError(RuntimeError):
    """A training ended without a usable network."""
