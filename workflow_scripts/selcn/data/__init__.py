"""Data preparation: indices, hair removal, packed images, near-duplicates and splits."""
