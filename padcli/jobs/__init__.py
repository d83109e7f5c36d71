"""Several named jobs in one file, in the order of what they need."""
