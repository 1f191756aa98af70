"""Data of the report's image viewer, as script files: galleries, predictions behind confusion matrices, sheets."""
