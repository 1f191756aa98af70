"""Architectures, pre-trained weights and their settings; out-of-fold networks."""
