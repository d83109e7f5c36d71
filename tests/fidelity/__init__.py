"""Exhaustive comparison of padcli's ids with those of the original libraries; `python -m fidelity --help`."""
