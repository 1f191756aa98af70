"""Set-up of a training: an untrained network, its task, and its samples."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from selcn.networks.settings import TrainingSettings
from selcn.training.fit import Task, fit
from selcn.training.samples import Samples


@dataclass(frozen=True)
class Setup:
    """An untrained network, its task and its samples.

    Attributes
    ----------
    samples
        The samples whose numbers `task` takes, of the subsets train, validation and, if any, test.
    """

    network: nn.Module
    task: Task
    samples: Samples
    device: torch.device

    def fit(
        self,
        settings: TrainingSettings,
        progress: Path,
        after_epoch: Callable[[list[dict[str, float]]], None] = lambda history: None,
    ) -> pd.DataFrame:
        """Train the network on the samples' training subset; see `selcn.training.fit.fit`."""
        train, validation = self.samples.numbers("train"), self.samples.numbers("validation")
        return fit(self.network, self.task, train, validation, settings, progress, self.device, after_epoch)
