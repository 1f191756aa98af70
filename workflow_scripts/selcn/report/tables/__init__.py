"""The thesis's tables 5 to 15: our values, the thesis's, and the difference."""
