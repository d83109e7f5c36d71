# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Different units, numbered. The loops run without the GIL.

In all compiled modules here arrays must be C-contiguous and of the dtypes that are declared; memoryviews see to that.
Texts are given as in Arrow: `data[offsets[i]:offsets[i + 1]]`, with `tail` bytes at the end of each that are no part of
it. What each function requires besides is said in its docstring. It raises `ValueError` where that does not hold, and
then what it was to fill may be filled in part. Only one thing is not checked, since it would be once a token: that a
local id is below the number of what it stands for. `make sanitize` checks that, too.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from padcli.kernels.checks cimport are_within
from padcli.kernels.eight_bytes cimport hash_of, prefetch
from padcli.kernels.unit_index cimport BATCH, Slot, find, first_slot, reserve
from padcli.kernels.unit_index cimport add as append


@cython.final
cdef class Table:
    """Different units, numbered from 0 in the order in which they came, and how often each was counted."""

    def __cinit__(self):
        self.index.n_slots = 2**14
        self.index.slots = <Slot*>calloc(self.index.n_slots, sizeof(Slot))
        if not self.index.slots or not reserve(&self.index, 1, 1):
            raise MemoryError
        self.index.starts[0] = 0

    def __dealloc__(self):
        free(self.index.slots)
        free(self.index.units)
        free(self.index.starts)
        free(self.index.counts)

    def clear(self):
        """Forget all units, and keep the room."""
        memset(self.index.slots, 0, self.index.n_slots * sizeof(Slot))
        self.index.n_units = 0

    @property
    def n_units(self):
        """Number of units."""
        return self.index.n_units

    @property
    def n_bytes(self):
        """Number of bytes of all units together."""
        return self.index.starts[self.index.n_units]

    def copy(self, uint8_t[::1] units, int64_t[::1] starts, int64_t[::1] counts):
        """Copy the bytes of all units `(n_bytes,)`, where they begin `(n_units + 1,)`, and their counts `(n_units,)`.

        The arrays must have at least that room.
        """
        cdef size_t i
        if len(units) < self.n_bytes or len(starts) <= self.index.n_units or len(counts) < self.index.n_units:
            raise ValueError
        for i in range(self.index.n_units):
            counts[i] = self.index.counts[i]
        memcpy(&starts[0], self.index.starts, (self.index.n_units + 1) * sizeof(int64_t))
        if self.index.n_units:
            memcpy(&units[0], self.index.units, self.n_bytes)

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
                if add and not reserve(&self.index, m, offsets[first + m] - offsets[first]):
                    with gil:
                        raise MemoryError
                for k in range(m):
                    length = offsets[first + k + 1] - offsets[first + k]
                    hashes[k] = hash_of(&data[offsets[first + k]], length, False) if length else 0
                    prefetch(&self.index.slots[first_slot(hashes[k], self.index.n_slots)])
                for k in range(m):
                    length = offsets[first + k + 1] - offsets[first + k]
                    unit = &data[offsets[first + k]] if length else NULL
                    slot = find(&self.index, hashes[k], unit, length)
                    if add and not slot.number:
                        append(&self.index, slot, hashes[k], unit, length)
                    unit_ids[first + k] = <int32_t>slot.number - 1
