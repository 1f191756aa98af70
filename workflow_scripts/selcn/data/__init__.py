"""From downloaded files to packed images, near-duplicates and splits."""
