"""The record of a run, its model card and data card, and its RO-Crate."""
