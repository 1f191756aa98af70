"""Readers of the four data sets in their native layouts, checks of their files, and their indices.

Nothing is imported here: Snakemake imports `sources` while parsing, with the standard library only.
"""
