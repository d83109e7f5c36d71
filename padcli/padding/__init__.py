"""Rows of ids to arrays, by Keras's own `pad_sequences`."""
