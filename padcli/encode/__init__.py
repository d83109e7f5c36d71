"""A split of the input to local ids and a summary; summaries to a vocabulary."""
