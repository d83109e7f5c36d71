"""Outputs of padcli, inspected: their rows, truncated text, verification, changes since, comparison of two."""
