"""The facts of a run, the advice that follows from them, and the forms in which they are written."""
