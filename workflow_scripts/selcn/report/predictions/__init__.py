"""The page of a folder's predictions."""
