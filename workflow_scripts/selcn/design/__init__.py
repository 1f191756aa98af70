"""The study's vocabulary: cells, CAM sources, classes and data sets. Standard library only."""
