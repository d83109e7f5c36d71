# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Texts to words, which are numbered and counted while they are found. See `table.pyx` for what arguments must be."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from padcli.kernels.checks cimport are_within
from padcli.kernels.eight_bytes cimport ONES, SPACE, hash_of, load, prefetch, trailing_zeros
from padcli.kernels.table cimport Table
from padcli.kernels.unit_index cimport BATCH, Slot, UnitIndex, add, find, first_slot, reserve

cdef uint8_t KEPT = 0xFF  # a space within a unit; no byte of UTF-8

cdef enum:
    STRETCH = 16 * 1024  # bytes of lines that are made ready at a time: they stay in the cache

LINE_ROOM = STRETCH + 128


cdef inline uint64_t spaces_of(const uint8_t* data) noexcept nogil:
    """Mark those of 64 bytes that are spaces: the first is the lowest bit."""
    cdef uint64_t found = 0, eight
    cdef int i
    for i in range(8):
        eight = load(data + 8 * i) ^ (SPACE * ONES)
        # The high bit of each byte that is 0, and then these eight bits side by side.
        eight = ~(((eight & (0x7F * ONES)) + 0x7F * ONES) | eight | (0x7F * ONES))
        found |= ((eight >> 7) * <uint64_t>0x0102040810204080 >> 56) << (8 * i)
    return found


cdef inline size_t spaced_out(
    const uint8_t* source, size_t length, const uint8_t* table, const uint8_t* alone, uint8_t* line
) noexcept nogil:
    """Put bytes through `table`, and spaces around those that stand alone. Returns how long the line has become."""
    cdef size_t i, n = 0
    for i in range(length):
        if alone[source[i]]:
            line[n] = SPACE
            line[n + 1] = table[source[i]]
            line[n + 2] = SPACE
            n += 3
        else:
            line[n] = table[source[i]]
            n += 1
    return n


cdef inline void kept_spaces(
    const uint8_t* source, size_t length, const uint8_t* table, const uint8_t* solid, uint8_t* line
) noexcept nogil:
    """Put bytes through `table`; spaces stay apart where a solid byte stands before them, and any byte behind."""
    cdef size_t i
    cdef bint cuts = False
    for i in range(length):
        line[i] = KEPT if source[i] == SPACE and not (cuts and i + 1 < length) else table[source[i]]
        cuts = solid[source[i]]


def cut(
    Table units,
    const uint8_t[::1] data,
    const int32_t[::1] offsets,
    int tail,
    const uint8_t[::1] table,
    const uint8_t[::1] alone,
    const uint8_t[::1] solid,
    uint8_t[::1] line,
    int32_t[::1] local_ids,
    int64_t[::1] row_offsets,
):
    """Number the words of each row `data[offsets[i]:offsets[i + 1] - tail]`, and count them.

    A word is what lies between spaces once each byte has gone through `table`, and a byte that is marked in `alone`
    is one by itself, if there are any. With `solid` bytes, it is cut only at a space with such a byte before it and
    any byte behind it, and other spaces are `KEPT` within words. Returns how many words there are.

    Rows must lie within `data`. `table` must have 256 bytes; so must `alone` and `solid`, or none. `line` must have
    room for the longest row, three times as long if any byte is alone, and for `LINE_ROOM` bytes; `local_ids` for
    all words, and `row_offsets` for `n_rows + 1`.
    """
    cdef size_t n_rows = len(offsets) - 1, n_words = 0, n_started = 0, n_ended = 0, longest
    cdef size_t filled = 0, row, length, i
    cdef uint64_t spaces, before, begin, end
    cdef uint32_t[BATCH + 128] starts
    cdef uint32_t[BATCH + 128] ends
    cdef const uint8_t* source
    cdef bint any_alone = len(alone) == 256, any_solid = len(solid) == 256
    if not are_within(data, offsets, tail) or len(table) != 256 or <size_t>len(row_offsets) <= n_rows:
        raise ValueError
    if len(line) < STRETCH + 128 or len(alone) not in (0, 256) or len(solid) not in (0, 256):
        raise ValueError
    longest = (len(line) - STRETCH - 128) // (3 if any_alone else 1)
    with nogil:
        row_offsets[0] = 0
        for row in range(n_rows):
            length = offsets[row + 1] - tail - offsets[row]
            source = &data[offsets[row]] if length else NULL
            if length > longest:
                with gil:
                    raise ValueError
            if any_alone:
                length = spaced_out(source, length, &table[0], &alone[0], &line[filled])
            elif any_solid:
                kept_spaces(source, length, &table[0], &solid[0], &line[filled])
            else:
                for i in range(length):
                    line[filled + i] = table[source[i]]
            line[filled + length] = SPACE
            before = 1
            for i in range(0, length + 1, 64):
                spaces = spaces_of(&line[filled + i])
                begin = ~spaces & (spaces << 1 | before)
                end = spaces & ~(spaces << 1 | before)
                before = spaces >> 63
                if length - i < 63:  # what follows the row's end is none of it
                    begin &= (<uint64_t>2 << (length - i)) - 1
                    end &= (<uint64_t>2 << (length - i)) - 1
                while begin:
                    starts[n_started] = filled + i + trailing_zeros(begin)
                    begin &= begin - 1
                    n_started += 1
                while end:
                    ends[n_ended] = filled + i + trailing_zeros(end)
                    end &= end - 1
                    n_ended += 1
                if n_ended >= BATCH:
                    if n_words + n_ended > <size_t>len(local_ids):
                        with gil:
                            raise ValueError
                    if not count(&units.index, &line[0], starts, ends, n_ended, &local_ids[n_words]):
                        with gil:
                            raise MemoryError
                    n_words += n_ended
                    n_started -= n_ended
                    starts[0] = starts[n_ended]  # a word that goes on in the next block
                    n_ended = 0
            row_offsets[row + 1] = n_words + n_ended
            filled += length + 1
            if filled >= STRETCH or row == n_rows - 1:
                if n_words + n_ended > <size_t>len(local_ids):
                    with gil:
                        raise ValueError
                if n_ended and not count(&units.index, &line[0], starts, ends, n_ended, &local_ids[n_words]):
                    with gil:
                        raise MemoryError
                n_words += n_ended
                filled = n_started = n_ended = 0
    return n_words


cdef bint count(
    UnitIndex* index,
    const uint8_t* line,
    const uint32_t* starts,
    const uint32_t* ends,
    size_t n,
    int32_t* local_ids,
) noexcept nogil:
    """Number and count n words, at least one. False if there is no memory."""
    cdef uint64_t[BATCH + 128] hashes
    cdef size_t i
    cdef Slot* slot
    if not reserve(index, n, ends[n - 1] - starts[0]):
        return False
    for i in range(n):
        hashes[i] = hash_of(line + starts[i], ends[i] - starts[i], True)
        prefetch(&index.slots[first_slot(hashes[i], index.n_slots)])
    for i in range(n):
        slot = find(index, hashes[i], line + starts[i], ends[i] - starts[i])
        if not slot.number:
            add(index, slot, hashes[i], line + starts[i], ends[i] - starts[i])
        index.counts[slot.number - 1] += 1
        local_ids[i] = slot.number - 1
    return True
