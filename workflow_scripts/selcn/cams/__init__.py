"""Grad-CAM++ of the symmetry and lesion networks, and sham controls."""
