"""What the rules need while Snakemake parses them: standard library only, so that parsing stays fast."""
