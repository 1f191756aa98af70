"""Label audit: images whose label other evidence contradicts, as a ranked list, never as a correction."""
