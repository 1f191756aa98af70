"""Prediction of new images by a bundle: a trained cascade with all that its use needs."""
