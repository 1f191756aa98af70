"""Near-duplicates: copies of one image, and images of one lesion, that no id reveals."""
