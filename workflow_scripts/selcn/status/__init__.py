"""What a study has done, does and waits for, by its files alone: python -m selcn.status <study>."""
