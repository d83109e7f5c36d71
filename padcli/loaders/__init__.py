"""Padded rows as training code takes them."""
