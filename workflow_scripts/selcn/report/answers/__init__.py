"""Answers to the thesis's research questions, in sentences."""
