"""Evaluation from the saved predictions, masks and CAMs, without running a network again."""
