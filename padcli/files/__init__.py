"""Files that appear under their names only when all of them are complete and on disk."""
