# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Rows of tokens to what Keras pads, and back. All run without the GIL. See `table.pyx` for what arguments must be."""

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

cdef enum:
    LINE = 16  # rows that become columns at a time: their cells are neighbours then


def gather(const cell[::1] local_ids, const int32_t[::1] lookup, const int64_t[::1] starts,
           const int64_t[::1] rows, int32_t[:, ::1] out):
    """`out[t, r] = lookup[local_ids[starts[rows[r]] + t]]`: k rows of L tokens become `out`, `(L, k)`.

    Rows must be among the starts, and their L tokens among the local ids. Local ids must be below `len(lookup)`, which
    is not checked.
    """
    cdef size_t r, t, i, m, n_rows = out.shape[1], length = out.shape[0]
    cdef const cell* some[LINE]
    cdef int32_t* line
    if <size_t>len(rows) < n_rows or not are_rows(rows, starts, n_rows, length, len(local_ids)):
        raise ValueError
    if not length:
        return
    with nogil:
        for r in range(0, n_rows, 16):
            m = min(<size_t>LINE, n_rows - r)
            for i in range(m):
                some[i] = &local_ids[starts[rows[r + i]]]
            for t in range(length):
                line = &out[t, r]
                for i in range(m):
                    line[i] = lookup[some[i][t]]


def gather_ids(const cell[::1] ids, const int64_t[::1] starts, const int64_t[::1] rows, cell[:, ::1] out):
    """`out[t, r] = ids[starts[rows[r]] + t]`: k rows of L token ids become `out`, `(L, k)`.

    Rows must be among the starts, and their L tokens among the ids.
    """
    cdef size_t r, t
    cdef const cell* row
    if len(rows) < out.shape[1] or not are_rows(rows, starts, out.shape[1], out.shape[0], len(ids)):
        raise ValueError
    if not out.shape[0]:
        return
    with nogil:
        for r in range(<size_t>out.shape[1]):
            row = &ids[starts[rows[r]]]
            for t in range(<size_t>out.shape[0]):
                out[t, r] = row[t]


cdef bint are_rows(
    const int64_t[::1] rows, const int64_t[::1] starts, size_t n_rows, int64_t length, int64_t n_values
) noexcept nogil:
    """Tell whether the first `n_rows` rows are among the starts, and `length` values from there on among all."""
    cdef size_t r
    for r in range(n_rows):
        if not 0 <= rows[r] < len(starts) or not 0 <= starts[rows[r]] <= n_values - length:
            return False
    return True


def expand(const cell[::1] local_ids, const int64_t[::1] starts, const int64_t[::1] lengths,
           const int32_t[::1] token_ids, int32_t[::1] out):
    """One after the other in `out`, for each local id: `token_ids[starts[i]:starts[i] + lengths[i]]`.

    The slices that are asked for must lie within `token_ids`, and `out` must have room for them. Local ids must be below
    `len(starts)`, which is not checked, and there must be as many lengths as starts.
    """
    cdef size_t i, t, n = 0, room = len(out)
    cdef int64_t start, length, n_ids = len(token_ids)
    if len(lengths) != len(starts):
        raise ValueError
    with nogil:
        for i in range(<size_t>len(local_ids)):
            start, length = starts[local_ids[i]], lengths[local_ids[i]]
            if start < 0 or length < 0 or length > n_ids - start or <size_t>length > room - n:
                with gil:
                    raise ValueError
            for t in range(<size_t>length):
                out[n] = token_ids[start + t]
                n += 1


def scatter(const cell[:, ::1] padded, const int64_t[::1] rows, cell[:, ::1] out):
    """`out[rows[r], t] = padded[t, r]`: columns become rows.

    There must be a row for each column, and `out`, `(n_rows, width)`, must have these rows and the columns' width.
    """
    cdef size_t r, t
    cdef cell* row
    if len(rows) < padded.shape[1] or out.shape[1] != padded.shape[0]:
        raise ValueError
    if not padded.shape[0]:
        return
    with nogil:
        for r in range(<size_t>padded.shape[1]):
            if not 0 <= rows[r] < out.shape[0]:
                with gil:
                    raise ValueError
            row = &out[rows[r], 0]
            for t in range(<size_t>padded.shape[0]):
                row[t] = padded[t, r]


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
