"""Tokenizer files in the layouts of well-known models, trained on what the project ships.

Each module has a table `LAYOUTS`: a name, and what makes the file in a folder and gives its path.
"""
