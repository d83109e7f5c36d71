# cython: language_level=3
"""Checks of arguments that all compiled loops share."""

from libc.stdint cimport int32_t, uint8_t


cdef inline bint are_within(const uint8_t[::1] data, const int32_t[::1] offsets, int tail) noexcept nogil:
    """Tell whether texts lie within `data`, and none of them ends before it begins."""
    cdef size_t i
    if len(offsets) < 1 or tail < 0 or offsets[0] < 0 or offsets[len(offsets) - 1] > len(data):
        return False
    for i in range(<size_t>len(offsets) - 1):
        if <long long>offsets[i] + tail > offsets[i + 1]:
            return False
    return True
