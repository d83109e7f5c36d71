"""Tokenizers of other origins, with the ids of their own libraries."""
