"""How a training can fail; apart from the loop, since those who only hear of it need no torch."""


class TrainingFailedError(RuntimeError):
    """A training ended without a usable network."""
