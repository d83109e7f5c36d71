# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Slices of token sequences, laid out one after the other. All run without the GIL.

Arrays must be C-contiguous and of the dtypes that are declared. What each function requires besides is said in its
docstring; it raises `ValueError` where that does not hold, and then what it was to fill may be filled in part. Only one
thing is not checked, since it would be once a token: that a local id is below the number of what it stands for.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

ctypedef fused cell:
    uint8_t
    uint16_t
    uint32_t
    uint64_t

ctypedef fused token_id:
    int32_t
    int64_t


cdef inline bint is_run(int64_t start, int64_t length, int64_t n_values, int64_t n_special) noexcept nogil:
    """Tell whether a run lies within the values, or within the special ids, which end at 0."""
    if length < 0:
        return False
    if start < 0:
        return start >= -n_special and length <= -start
    return length <= n_values - start


def look_up_runs(const cell[::1] values, const int32_t[::1] lookup, const int64_t[::1] starts,
                 const int64_t[::1] lengths, const int32_t[::1] special, int32_t[::1] out):
    """One after the other in `out`, for each run: `lookup[value]` of the `length` values from `start` on.

    A start below 0 is a place in `special`, counted from its end. Runs must lie within the values or the special ids,
    and `out` must have room for them. Values must be below `len(lookup)`, which is not checked.
    """
    cdef size_t i, n = 0, room = len(out)
    cdef int64_t t, start, length
    if len(lengths) != len(starts):
        raise ValueError
    with nogil:
        for i in range(<size_t>len(starts)):
            start, length = starts[i], lengths[i]
            if not is_run(start, length, len(values), len(special)) or <size_t>length > room - n:
                with gil:
                    raise ValueError
            if start < 0:
                for t in range(length):
                    out[n + t] = special[len(special) + start + t]
            else:
                for t in range(length):
                    out[n + t] = lookup[values[start + t]]
            n += length


def copy_runs(const token_id[::1] values, const int64_t[::1] starts, const int64_t[::1] lengths,
              const token_id[::1] special, token_id[::1] out):
    """One after the other in `out`: the `length` values from `start` on of each run; see `look_up_runs`."""
    cdef size_t i, n = 0, room = len(out)
    cdef int64_t start, length
    if len(lengths) != len(starts):
        raise ValueError
    with nogil:
        for i in range(<size_t>len(starts)):
            start, length = starts[i], lengths[i]
            if not is_run(start, length, len(values), len(special)) or <size_t>length > room - n:
                with gil:
                    raise ValueError
            if length:
                if start < 0:
                    memcpy(&out[n], &special[len(special) + start], length * sizeof(token_id))
                else:
                    memcpy(&out[n], &values[start], length * sizeof(token_id))
                n += length
