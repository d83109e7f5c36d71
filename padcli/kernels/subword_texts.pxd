# cython: language_level=3
"""What merges and tries share: many short texts, which they encode, or say that they do not know how."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from padcli.kernels.checks cimport are_within
from padcli.kernels.eight_bytes cimport MIX

cdef enum:
    MOST = 256  # bytes of a text


cdef inline size_t slot_of(uint64_t key, size_t n_slots) noexcept nogil:
    return ((key * MIX) >> 32) & (n_slots - 1)


cdef inline bint have_room(
    const uint8_t[::1] data,
    const int32_t[::1] offsets,
    const int32_t[::1] ids,
    const int64_t[::1] id_offsets,
    const uint8_t[::1] failed,
) noexcept nogil:
    """Tell whether texts lie within `data`, and what is made of them has room: one id a byte at the most."""
    cdef size_t n_texts = len(offsets) - 1
    if not are_within(data, offsets, 0) or <size_t>len(id_offsets) <= n_texts or <size_t>len(failed) < n_texts:
        return False
    return len(ids) >= offsets[n_texts] - offsets[0]


cdef inline size_t slots_for(size_t n) noexcept nogil:
    """A power of two, of which n are at most a half."""
    cdef size_t n_slots = 16
    while n_slots < 2 * n:
        n_slots *= 2
    return n_slots
