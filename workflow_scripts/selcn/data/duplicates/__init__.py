"""Copies of one photograph, and photographs of one lesion, that no id gives away."""
