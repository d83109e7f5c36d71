"""Rows of ids, their lengths, and what each length costs."""
