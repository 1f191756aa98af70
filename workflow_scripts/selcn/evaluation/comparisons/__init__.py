"""Comparisons of ablation cells: differences, confidence intervals and permutation tests over lesions."""
