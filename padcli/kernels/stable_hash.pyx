# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""A hash of texts that is the same on every machine. It runs without the GIL."""

from libc.stdint cimport int32_t, uint8_t, uint64_t

from padcli.kernels.checks cimport are_within

cdef uint64_t BASIS = 0xCBF29CE484222325
cdef uint64_t PRIME = 0x00000100000001B3


def fnv1a(const uint8_t[::1] data, const int32_t[::1] offsets, int tail, uint64_t[::1] out):
    """Let `out` be the 64-bit FNV-1a of each text: https://www.rfc-editor.org/rfc/rfc9923

    Texts are given as in Arrow, with `tail` bytes at the end of each that are no part of it; they must lie within the
    data, and `out` must have room for them.
    """
    cdef size_t i, j
    cdef uint64_t mixed
    if not are_within(data, offsets, tail) or len(out) < len(offsets) - 1:
        raise ValueError
    with nogil:
        for i in range(<size_t>len(offsets) - 1):
            mixed = BASIS
            for j in range(<size_t>offsets[i], <size_t>(offsets[i + 1] - tail)):
                mixed = (mixed ^ data[j]) * PRIME
            out[i] = mixed
