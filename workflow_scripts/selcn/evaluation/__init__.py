"""Measures beyond the thesis's, all of them from the probabilities that predictions keep: no network runs again."""
