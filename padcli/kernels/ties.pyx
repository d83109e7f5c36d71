# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Texts that have two ways of being cut into pieces that are worth nearly the same. See `table.pyx` for arguments."""

from libc.math cimport INFINITY, fabs
from libc.stdint cimport int32_t, uint8_t, uint16_t

from padcli.kernels.checks cimport are_within
from padcli.kernels.eight_bytes cimport hash_of
from padcli.kernels.table cimport Table
from padcli.kernels.unit_index cimport Slot, find


cdef inline void keep_two(double* best, double* second, size_t i, size_t j, double score) noexcept nogil:
    """Go on from the best two sums at i to those at j."""
    cdef double candidate = best[i] + score
    if candidate > best[j]:
        second[j] = max(best[j], second[i] + score)
        best[j] = candidate
    elif candidate > second[j]:
        second[j] = candidate


def margins(
    Table units,
    const uint8_t[::1] data,
    const int32_t[::1] offsets,
    const double[::1] scores,
    const uint16_t[::1] longest,
    double unknown,
    double[:, ::1] paths,
    double[::1] margins,
    double[::1] reaches,
):
    """By how much the best way to cut each text `data[offsets[i]:offsets[i + 1]]` into units beats the next one.

    A way is worth the sum of its units' `scores`; a character that is no unit is worth `unknown`. `longest`: bytes of
    the longest unit for each pair of first bytes, `(65536,)`; a unit of one byte is of no pair. `reaches`: the
    largest of the sums, without its sign, on the way. After Viterbi, keeping two instead of one.

    Texts must be UTF-8 and lie within `data`. `scores` must have one for each unit; `margins` and `reaches` must
    have room for one a text, and `paths` for `(2, longest text + 1)`.
    """
    cdef size_t n = len(offsets) - 1, u, i, j, length, char, most
    cdef const uint8_t* text
    cdef bint is_whole
    cdef double reach
    cdef double* best
    cdef double* second
    cdef Slot* slot
    if not are_within(data, offsets, 0) or len(longest) != 65536 or <size_t>len(scores) < units.index.n_units:
        raise ValueError
    if <size_t>len(margins) < n or <size_t>len(reaches) < n or paths.shape[0] < 2 or paths.shape[1] < 1:
        raise ValueError
    for u in range(n):
        if offsets[u + 1] - offsets[u] >= paths.shape[1]:
            raise ValueError
    best, second = &paths[0, 0], &paths[1, 0]
    with nogil:
        for u in range(n):
            length = offsets[u + 1] - offsets[u]
            text = &data[offsets[u]] if length else NULL
            for i in range(length + 1):
                best[i] = second[i] = -INFINITY
            best[0] = reach = 0
            for i in range(length):
                if best[i] == -INFINITY:  # within a character
                    continue
                reach = max(reach, fabs(best[i]))
                char = 1
                while i + char < length and text[i + char] & 0xC0 == 0x80:
                    char += 1
                is_whole = False
                most = longest[text[i] << 8 | text[i + 1]] if i + 1 < length else 0
                for j in range(i + char, min(length, i + max(most, char)) + 1):
                    if j < length and text[j] & 0xC0 == 0x80:
                        continue
                    slot = find(&units.index, hash_of(text + i, j - i, False), text + i, j - i)
                    if slot.number:
                        keep_two(best, second, i, j, scores[slot.number - 1])
                        is_whole = is_whole or j == i + char
                if not is_whole:
                    keep_two(best, second, i, i + char, unknown)
            reaches[u] = max(reach, fabs(best[length]))
            margins[u] = best[length] - second[length]
