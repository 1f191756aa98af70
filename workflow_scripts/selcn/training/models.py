"""Files of every training: the network's weights and the history of its epochs."""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from selcn.storage.artifacts import replacing


def write_model(network: nn.Module, history: pd.DataFrame, folder: Path) -> None:
    """Write best.pt, a state dictionary, and history.csv, each atomically; moves the network to the CPU."""
    with replacing(folder / "best.pt") as temporary, open(temporary, "wb") as file:
        # Given a path, torch would write its name into the file, and files of equal weights would differ.
        torch.save(network.cpu().state_dict(), file)
    with replacing(folder / "history.csv") as temporary:
        history.to_csv(temporary, index=False)
