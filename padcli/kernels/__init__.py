"""The compiled loops, and whether they are there."""
