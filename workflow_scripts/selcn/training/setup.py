"""A network that is ready to be trained: what the loop needs, and the samples it is trained and judged on."""

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
    """A network before its training.

    Attributes
    ----------
    samples
        What `task` is asked for by number, of the subsets train, validation and, where there is one, test.
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
