"""Readers of the four data sets in their native layouts, checks of their files, and the index made of them.

Nothing is imported here: `sources` is read while Snakemake parses, where only the standard library is at hand.
"""
