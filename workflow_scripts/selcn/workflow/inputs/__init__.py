"""Input and parameter functions of the rules: the files that a job needs where a pattern does not say it."""
