"""Code that the rules use while Snakemake parses them. Standard library only, so that parsing stays fast."""
