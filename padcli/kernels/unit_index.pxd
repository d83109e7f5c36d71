# cython: language_level=3
"""A hash table of different units, which are numbered from 0 in the order in which they came, and counted."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy

from padcli.kernels.eight_bytes cimport MIX, are_same

cdef enum:
    BATCH = 512  # so many units are hashed, and then looked up: while one waits for memory, the next are asked for


cdef struct Slot:
    uint64_t hashed
    uint32_t number  # and one; 0 where the slot is free
    uint32_t length


cdef struct UnitIndex:
    Slot* slots  # at most half of them are taken
    size_t n_slots  # a power of two
    uint8_t* units  # their bytes, one after the other, and 8 more
    size_t units_room
    int64_t* starts  # where each begins in them
    uint32_t* counts
    size_t room  # of starts and counts
    size_t n_units


cdef inline size_t first_slot(uint64_t hashed, size_t n_slots) noexcept nogil:
    return ((hashed * MIX) >> 32) & (n_slots - 1)


cdef inline bint grow(UnitIndex* self, size_t least) noexcept nogil:
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


cdef inline bint reserve(UnitIndex* self, size_t more_units, size_t more_bytes) noexcept nogil:
    """Make room. False if there is no memory."""
    cdef size_t room = self.n_units + more_units + 1
    cdef void* larger
    if 2 * room > self.n_slots and not grow(self, 2 * room):
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


cdef inline Slot* find(const UnitIndex* self, uint64_t hashed, const uint8_t* unit, size_t length) noexcept nogil:
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


cdef inline void add(UnitIndex* self, Slot* slot, uint64_t hashed, const uint8_t* unit, size_t length) noexcept nogil:
    """Give a unit a free slot and the next number. There must be room."""
    cdef int64_t start = self.starts[self.n_units]
    if length:  # else there may be nothing to point at
        memcpy(&self.units[start], unit, length)
    self.counts[self.n_units] = 0
    self.n_units += 1
    self.starts[self.n_units] = start + length
    slot.hashed, slot.number, slot.length = hashed, self.n_units, length
