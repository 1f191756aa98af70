"""The research questions' answers in sentences."""
