"""The hot loops, compiled or not: the same functions either way, obtained from `dispatch.kernels()`."""
