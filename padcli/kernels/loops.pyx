# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The hot loops: words to local ids, units to unit ids, rows to what Keras pads and back. All run without the GIL.

Bytes are looked at eight at a time, as a number whose lowest byte comes first: `load`.

Arrays must be C-contiguous and of the dtypes that are declared; memoryviews see to that. Texts are given as in Arrow:
`data[offsets[i]:offsets[i + 1]]`, with `tail` bytes at the end of each that are no part of it. What each function
requires besides is said in its docstring. It raises `ValueError` where that does not hold, and then what it was to
fill may be filled in part. Only one thing is not checked, since it would be once a token: that a local id is below the
number of what it stands for. `make sanitize` checks that, too.
"""

cimport cython
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memchr, memcmp, memcpy, memset

from padcli.kernels.checks cimport are_within

cdef extern from *:
    """
    #if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    #error "The loops read eight bytes as one number, the first byte the lowest."
    #endif
    """
    void prefetch "__builtin_prefetch"(const void*) noexcept nogil
    int trailing_zeros "__builtin_ctzll"(unsigned long long) noexcept nogil

ctypedef fused cell:
    uint8_t
    uint16_t
    uint32_t
    uint64_t

cdef uint64_t ONES = 0x0101010101010101
cdef uint64_t HIGH = 0x8080808080808080  # the high bit of each byte
cdef uint64_t MIX = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio, as in Fibonacci hashing
cdef uint8_t SPACE = 32
cdef uint8_t LINE_FEED = 10
cdef uint8_t KEPT = 0xFF  # a space within a unit; no byte of UTF-8

# So many words are found, then hashed, then looked up: while one waits for memory, the next are asked for already.
cdef enum:
    BATCH = 512
    LINE = 16  # rows that become columns at a time: their cells are neighbours then
    STRETCH = 16 * 1024  # bytes of lines that are made ready at a time: they stay in the cache


cdef inline uint64_t load(const uint8_t* data) noexcept nogil:
    cdef uint64_t eight
    memcpy(&eight, data, 8)
    return eight


cdef inline uint64_t load_only(const uint8_t* data, size_t n) noexcept nogil:
    """The first n bytes, 1 to 8, where no more may be read."""
    cdef uint64_t eight = 0
    memcpy(&eight, data, n)
    return eight


cdef inline uint64_t filled_up(const uint8_t* data, size_t n, bint more_follows) noexcept nogil:
    """The first n bytes, 0 to 8, and spaces after them. `more_follows`: whether all 8 may be read, which is faster."""
    cdef uint64_t eight = SPACE * ONES, those
    if not more_follows:
        memcpy(&eight, data, n)
    elif n:
        those = ~(<uint64_t>0) >> (64 - 8 * n)
        eight = (load(data) & those) | (eight & ~those)
    return eight


cdef inline uint64_t mixed(uint64_t hashed, uint64_t eight) noexcept nogil:
    hashed = (hashed ^ eight) * MIX
    return hashed ^ (hashed >> 32)


cdef inline uint64_t hash_of(const uint8_t* unit, size_t length, bint more_follows) noexcept nogil:
    """Hash a unit of 1 byte or more. Up to 8 bytes, no two of a length have the same hash.

    `more_follows`: whether 7 bytes after it may be read, which is faster.
    """
    cdef uint64_t hashed = 0
    while length > 8:
        hashed = mixed(hashed, load(unit))
        unit += 8
        length -= 8
    if more_follows:
        return mixed(hashed, load(unit) & (~(<uint64_t>0) >> (64 - 8 * length)))
    return mixed(hashed, load_only(unit, length))


cdef inline bint are_same(const uint8_t* one, const uint8_t* other, size_t length) noexcept nogil:
    """Tell whether two units of 8 bytes or more are the same."""
    cdef size_t i
    for i in range(0, length - 8, 8):
        if load(one + i) != load(other + i):
            return False
    return load(one + length - 8) == load(other + length - 8)


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


cdef struct Slot:
    uint64_t hashed
    uint32_t number  # and one; 0 where the slot is free
    uint32_t length


@cython.final
cdef class Table:
    """Different units, numbered from 0 in the order in which they came, and how often each was counted."""

    cdef Slot* slots  # at most half of them are taken
    cdef size_t n_slots  # a power of two
    cdef uint8_t* units  # their bytes, one after the other, and 8 more
    cdef size_t units_room
    cdef int64_t* starts  # where each begins in them
    cdef uint32_t* counts
    cdef size_t room  # of starts and counts
    cdef readonly size_t n_units

    def __cinit__(self):
        self.n_slots = 2**14
        self.slots = <Slot*>calloc(self.n_slots, sizeof(Slot))
        if not self.slots or not self.reserve(1, 1):
            raise MemoryError
        self.starts[0] = 0

    def __dealloc__(self):
        free(self.slots)
        free(self.units)
        free(self.starts)
        free(self.counts)

    def clear(self):
        """Forget all units, and keep the room."""
        memset(self.slots, 0, self.n_slots * sizeof(Slot))
        self.n_units = 0

    @property
    def n_bytes(self):
        """Number of bytes of all units together."""
        return self.starts[self.n_units]

    def copy(self, uint8_t[::1] units, int64_t[::1] starts, int64_t[::1] counts):
        """Copy the bytes of all units `(n_bytes,)`, where they begin `(n_units + 1,)`, and their counts `(n_units,)`.

        The arrays must have at least that room.
        """
        cdef size_t i
        if len(units) < self.n_bytes or len(starts) <= self.n_units or len(counts) < self.n_units:
            raise ValueError
        for i in range(self.n_units):
            counts[i] = self.counts[i]
        memcpy(&starts[0], self.starts, (self.n_units + 1) * sizeof(int64_t))
        if self.n_units:
            memcpy(&units[0], self.units, self.n_bytes)

    cdef bint reserve(self, size_t more_units, size_t more_bytes) noexcept nogil:
        """Make room. False if there is no memory."""
        cdef size_t room = self.n_units + more_units + 1
        cdef void* larger
        if 2 * room > self.n_slots and not self.grow(2 * room):
            return False
        if room > self.room:
            room = max(room, 2 * self.room)
            larger = realloc(self.starts, room * sizeof(int64_t))
            if not larger:
                return False
            self.starts = <int64_t*>larger
            larger = realloc(self.counts, room * sizeof(uint32_t))
            if not larger:
                return False
            self.counts = <uint32_t*>larger
            self.room = room
        room = (self.starts[self.n_units] if self.n_units else 0) + more_bytes + 8
        if room > self.units_room:
            room = max(room, 2 * self.units_room)
            larger = realloc(self.units, room)
            if not larger:
                return False
            self.units, self.units_room = <uint8_t*>larger, room
        return True

    cdef bint grow(self, size_t least) noexcept nogil:
        cdef size_t n = self.n_slots, i, j
        cdef Slot* larger
        while n < least:
            n *= 2
        larger = <Slot*>calloc(n, sizeof(Slot))
        if not larger:
            return False
        for i in range(self.n_slots):
            if self.slots[i].number:
                j = first_slot(self.slots[i].hashed, n)
                while larger[j].number:
                    j = (j + 1) & (n - 1)
                larger[j] = self.slots[i]
        free(self.slots)
        self.slots, self.n_slots = larger, n
        return True

    cdef inline Slot* find(self, uint64_t hashed, const uint8_t* unit, size_t length) noexcept nogil:
        """The slot of a unit, or the free one where it belongs. A hash is only a hint, unless the unit is short."""
        cdef size_t i = first_slot(hashed, self.n_slots)
        cdef Slot* slot = &self.slots[i]
        while slot.number and not (
            slot.hashed == hashed
            and slot.length == length
            and (length <= 8 or are_same(&self.units[self.starts[slot.number - 1]], unit, length))
        ):
            i = (i + 1) & (self.n_slots - 1)
            slot = &self.slots[i]
        return slot

    cdef inline void add(self, Slot* slot, uint64_t hashed, const uint8_t* unit, size_t length) noexcept nogil:
        """Give a unit a free slot and the next number. There must be room."""
        cdef int64_t start = self.starts[self.n_units]
        if length:  # else there may be nothing to point at
            memcpy(&self.units[start], unit, length)
        self.counts[self.n_units] = 0
        self.n_units += 1
        self.starts[self.n_units] = start + length
        slot.hashed, slot.number, slot.length = hashed, self.n_units, length

    def number(self, const uint8_t[::1] data, const int32_t[::1] offsets, bint add, int32_t[::1] unit_ids):
        """The id of each unit `data[offsets[i]:offsets[i + 1]]`; if it is new, the next one or -1.

        Units must lie within `data`, and `unit_ids` must have room for one each.
        """
        cdef size_t n = len(offsets) - 1, first, k, m
        cdef const uint8_t* unit
        cdef size_t length
        cdef uint64_t[BATCH] hashes
        cdef Slot* slot
        if not are_within(data, offsets, 0) or <size_t>len(unit_ids) < n:
            raise ValueError
        with nogil:
            for first in range(0, n, 512):
                m = min(<size_t>BATCH, n - first)
                if add and not self.reserve(m, offsets[first + m] - offsets[first]):
                    with gil:
                        raise MemoryError
                for k in range(m):
                    length = offsets[first + k + 1] - offsets[first + k]
                    hashes[k] = hash_of(&data[offsets[first + k]], length, False) if length else 0
                    prefetch(&self.slots[first_slot(hashes[k], self.n_slots)])
                for k in range(m):
                    length = offsets[first + k + 1] - offsets[first + k]
                    unit = &data[offsets[first + k]] if length else NULL
                    slot = self.find(hashes[k], unit, length)
                    if add and not slot.number:
                        self.add(slot, hashes[k], unit, length)
                    unit_ids[first + k] = <int32_t>slot.number - 1

    def cut(
        self,
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
                        if not self.count(&line[0], starts, ends, n_ended, &local_ids[n_words]):
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
                    if n_ended and not self.count(&line[0], starts, ends, n_ended, &local_ids[n_words]):
                        with gil:
                            raise MemoryError
                    n_words += n_ended
                    filled = n_started = n_ended = 0
        return n_words

    def margins(
        self,
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
        if not are_within(data, offsets, 0) or len(longest) != 65536 or <size_t>len(scores) < self.n_units:
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
                        slot = self.find(hash_of(text + i, j - i, False), text + i, j - i)
                        if slot.number:
                            keep_two(best, second, i, j, scores[slot.number - 1])
                            is_whole = is_whole or j == i + char
                    if not is_whole:
                        keep_two(best, second, i, i + char, unknown)
                reaches[u] = max(reach, fabs(best[length]))
                margins[u] = best[length] - second[length]

    cdef bint count(
        self, const uint8_t* line, const uint32_t* starts, const uint32_t* ends, size_t n, int32_t* local_ids
    ) noexcept nogil:
        """Number and count n words, at least one. False if there is no memory."""
        cdef uint64_t[BATCH + 128] hashes
        cdef size_t i
        cdef Slot* slot
        if not self.reserve(n, ends[n - 1] - starts[0]):
            return False
        for i in range(n):
            hashes[i] = hash_of(line + starts[i], ends[i] - starts[i], True)
            prefetch(&self.slots[first_slot(hashes[i], self.n_slots)])
        for i in range(n):
            slot = self.find(hashes[i], line + starts[i], ends[i] - starts[i])
            if not slot.number:
                self.add(slot, hashes[i], line + starts[i], ends[i] - starts[i])
            self.counts[slot.number - 1] += 1
            local_ids[i] = slot.number - 1
        return True


LINE_ROOM = STRETCH + 128


cdef inline void keep_two(double* best, double* second, size_t i, size_t j, double score) noexcept nogil:
    """Go on from the best two sums at i to those at j."""
    cdef double candidate = best[i] + score
    if candidate > best[j]:
        second[j] = max(best[j], second[i] + score)
        best[j] = candidate
    elif candidate > second[j]:
        second[j] = candidate


cdef inline size_t first_slot(uint64_t hashed, size_t n_slots) noexcept nogil:
    return ((hashed * MIX) >> 32) & (n_slots - 1)


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


cdef inline bint is_odd(const uint8_t* text, size_t length) noexcept nogil:
    """Tell whether a text holds what is rare: C1 controls, or UTF-8 that became UTF-8 once more."""
    cdef uint8_t byte, before = 0
    cdef size_t i
    for i in range(length):
        byte = text[i]
        if (
            (before == 0xC3 and (byte == 0x82 or byte == 0x83 or byte == 0xA2 or byte == 0xAF))
            or (before == 0xC2 and byte < 0xA0)
            or (before == 0xEF and byte == 0xBF)
        ):
            return True
        before = byte
    return False


cdef struct Tokens:
    const uint8_t* data
    const int32_t* offsets
    size_t n
    uint8_t[256] firsts  # the bytes that they begin with
    size_t n_firsts
    bint[256] seconds  # which bytes come second


cdef inline bint holds_token(const uint8_t* text, size_t length, const Tokens* tokens) noexcept nogil:
    """Tell whether a text holds one of `data[offsets[i]:offsets[i + 1]]`, which are of two bytes or more."""
    cdef size_t i, k, size
    cdef const uint8_t* end = text + length
    cdef const uint8_t* at
    for k in range(tokens.n_firsts):
        at = text
        while end - at > 1:
            at = <const uint8_t*>memchr(at, tokens.firsts[k], end - at - 1)
            if not at:
                break
            if tokens.seconds[at[1]]:
                for i in range(tokens.n):
                    size = tokens.offsets[i + 1] - tokens.offsets[i]
                    if size <= <size_t>(end - at) and memcmp(at, tokens.data + tokens.offsets[i], size) == 0:
                        return True
            at += 1
    return False


def line_ends(const uint8_t[::1] data, int32_t[::1] ends):
    """Write behind which bytes of `data`, fewer than 2**31, the lines end: behind line feeds. Returns how many there are.

    What has no room in `ends` is only counted.
    """
    cdef size_t n_bytes = len(data), room = len(ends), n = 0
    cdef const uint8_t* start
    cdef const uint8_t* found
    if n_bytes > 0x7FFFFFFF:
        raise ValueError
    if not n_bytes:
        return 0
    with nogil:
        start = &data[0]
        found = <const uint8_t*>memchr(start, LINE_FEED, n_bytes)
        while found:
            if n < room:
                ends[n] = <int32_t>(found + 1 - start)
            n += 1
            found = <const uint8_t*>memchr(found + 1, LINE_FEED, start + n_bytes - found - 1)
    return n


def scan_texts(const uint8_t[::1] data, const int32_t[::1] offsets, int tail, const uint8_t[::1] tokens,
               const int32_t[::1] token_offsets, uint64_t[::1] hashes, uint8_t[::1] suspects):
    """For each row `data[offsets[i]:offsets[i + 1] - tail]` a hash, and whether it is worth a look.

    That is where it holds a control character, one of `tokens[token_offsets[i]:token_offsets[i + 1]]`, which are of two
    bytes or more, or what is rare in texts. What is not worth a look holds nothing of that.

    Rows must lie within `data`, and tokens within `tokens`; `hashes` and `suspects` must have room for one a row.
    """
    cdef size_t n_rows = len(offsets) - 1, n_bytes = len(data), row, i, length
    cdef const uint8_t* text
    cdef uint64_t one, other, eight, next_eight, control, high
    cdef bint more, any_token
    cdef Tokens sought
    if not are_within(data, offsets, tail) or not are_within(tokens, token_offsets, 2):
        raise ValueError
    if <size_t>len(hashes) < n_rows or <size_t>len(suspects) < n_rows:
        raise ValueError
    memset(&sought, 0, sizeof(Tokens))
    sought.n = len(token_offsets) - 1
    if sought.n:
        sought.data, sought.offsets = &tokens[0], &token_offsets[0]
    for i in range(sought.n):
        if memchr(sought.firsts, tokens[token_offsets[i]], sought.n_firsts) == NULL:
            sought.firsts[sought.n_firsts] = tokens[token_offsets[i]]
            sought.n_firsts += 1
        sought.seconds[tokens[token_offsets[i] + 1]] = True
    with nogil:
        # In nearly all texts there is none, and then no row needs to be searched.
        any_token = offsets[n_rows] > offsets[0] and sought.n and holds_token(
            &data[offsets[0]], offsets[n_rows] - offsets[0], &sought
        )
        for row in range(n_rows):
            length = offsets[row + 1] - tail - offsets[row]
            text = &data[offsets[row]] if length else NULL
            one, other, control, high = length, MIX, 0, 0
            more = offsets[row] + length + 16 <= n_bytes
            for i in range(0, length, 16):  # two at a time, neither of which waits for the other
                if length - i >= 16:
                    eight, next_eight = load(text + i), load(text + i + 8)
                else:
                    eight = filled_up(text + i, min(length - i, <size_t>8), more)
                    next_eight = filled_up(text + i + 8, length - i - 8 if length - i > 8 else 0, more)
                one, other = mixed(one, eight), mixed(other, next_eight)
                control |= ((eight - SPACE * ONES) & ~eight) | ((next_eight - SPACE * ONES) & ~next_eight)
                high |= eight | next_eight
            # Once more in between: the hashes of x and -x differ in the same bits for any odd x, and those of
            # [1, -2] and [-1, 0] would be the same.
            hashes[row] = mixed(mixed(one, 0), other)
            suspects[row] = (
                (control & HIGH) != 0
                or ((high & HIGH) != 0 and is_odd(text, length))
                or (any_token and holds_token(text, length, &sought))
            )
