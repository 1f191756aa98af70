"""The command `selcn`."""
