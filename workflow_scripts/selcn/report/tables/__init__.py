"""The thesis's tables 5 to 15 with our values, and further tables."""
