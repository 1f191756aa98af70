"""What every training leaves behind: the network's weights and the history of its epochs."""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from selcn.storage.artifacts import replacing


def write_model(network: nn.Module, history: pd.DataFrame, folder: Path) -> None:
    """Write best.pt, a state dictionary, and history.csv, each whole or not at all; moves the network to the CPU."""
    with replacing(folder / "best.pt") as temporary, open(temporary, "wb") as file:
        # Given a name, torch writes it into the file, and equal weights would be other bytes.
        torch.save(network.cpu().state_dict(), file)
    with replacing(folder / "history.csv") as temporary:
        history.to_csv(temporary, index=False)
