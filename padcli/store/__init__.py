"""Stores of blocks, until rows are padded: files without a name here, or a folder that all workers see."""
