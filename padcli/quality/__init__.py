"""Checks of rows and of figures."""
