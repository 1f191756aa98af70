"""Segmentation masks and LAE boxes of every image."""
