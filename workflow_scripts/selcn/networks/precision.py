"""Layers that stay in single precision inside autocast."""

import torch
from torch import Tensor, nn


class SinglePrecision(nn.Sequential):
    """A network's last layers, computed in the precision of their weights even inside autocast.

    In bfloat16, with 8 significant bits, the logits of different classes tie.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Return the layers' output for feature maps (B, C, h, w) of any floating type."""
        with torch.autocast(features.device.type, enabled=False):
            return super().forward(features.to(next(self.parameters()).dtype))
