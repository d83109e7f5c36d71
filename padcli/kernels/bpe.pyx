# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Byte pair encoding: merges by rank. It runs without the GIL.

Each encodes many short texts, `data[offsets[i]:offsets[i + 1]]`, and says which of them it does not know how to encode:
a text of more than `LONGEST` bytes, or with a symbol that has no id. See `table.pyx` for what arguments must be.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from padcli.kernels.subword_texts cimport MOST, have_room, slot_of, slots_for

LONGEST = MOST


cdef struct Merge:
    uint64_t pair  # ids of both parts, and one; 0 where the slot is free
    uint32_t rank
    int32_t merged


cdef struct Candidate:
    uint64_t order  # rank, then place: the smallest goes first
    int32_t merged


cdef inline void push(Candidate* heap, size_t n, uint64_t order, int32_t merged) noexcept nogil:
    """Add to a binary heap of n."""
    cdef size_t above
    while n:
        above = (n - 1) >> 1
        if heap[above].order <= order:
            break
        heap[n] = heap[above]
        n = above
    heap[n].order, heap[n].merged = order, merged


cdef inline Candidate pop(Candidate* heap, size_t n) noexcept nogil:
    """Take the first of a binary heap of n."""
    cdef Candidate first = heap[0], last = heap[n - 1]
    cdef size_t i = 0, below = 1
    n -= 1
    while below < n:
        if below + 1 < n and heap[below + 1].order < heap[below].order:
            below += 1
        if last.order <= heap[below].order:
            break
        heap[i] = heap[below]
        i, below = below, 2 * below + 1
    heap[i] = last
    return first


@cython.final
cdef class Merges:
    """Pairs of ids that become one: `lefts[i]`, `rights[i]` to `merged[i]`, the lowest of `ranks` first.

    Of a pair that is there twice, the last one counts.
    """

    cdef Merge* slots
    cdef size_t n_slots

    def __cinit__(
        self, const int32_t[::1] lefts, const int32_t[::1] rights, const int32_t[::1] ranks, const int32_t[::1] merged
    ):
        cdef size_t n = len(lefts), i
        cdef uint64_t pair
        cdef Merge* slot
        if len(rights) != n or len(ranks) != n or len(merged) != n:
            raise ValueError
        self.n_slots = slots_for(n)
        self.slots = <Merge*>calloc(self.n_slots, sizeof(Merge))
        if not self.slots:
            raise MemoryError
        for i in range(n):
            pair = (<uint64_t><uint32_t>lefts[i] << 32 | <uint32_t>rights[i]) + 1
            slot = self.find(pair)
            slot.pair, slot.rank, slot.merged = pair, ranks[i], merged[i]

    def __dealloc__(self):
        free(self.slots)

    cdef inline Merge* find(self, uint64_t pair) noexcept nogil:
        cdef size_t i = slot_of(pair, self.n_slots)
        while self.slots[i].pair and self.slots[i].pair != pair:
            i = (i + 1) & (self.n_slots - 1)
        return &self.slots[i]

    cdef inline Merge* of(self, int32_t left, int32_t right) noexcept nogil:
        return self.find((<uint64_t><uint32_t>left << 32 | <uint32_t>right) + 1)

    def encode(
        self,
        const uint8_t[::1] data,
        const int32_t[::1] offsets,
        const int32_t[::1] symbols,
        const int32_t[::1] last_symbols,
        int32_t[::1] ids,
        int64_t[::1] id_offsets,
        uint8_t[::1] failed,
    ):
        """Ids of n texts in `ids` (room for one a byte), where each begins in `id_offsets` `(n + 1,)`, and `failed` `(n,)`.

        A byte is the symbol `symbols[byte]` `(256,)`, or `last_symbols[byte]` at the end of a text; -1 for none.
        """
        cdef size_t n_texts = len(offsets) - 1, u
        cdef int64_t n_ids = 0
        cdef int n
        if len(symbols) != 256 or len(last_symbols) != 256 or not have_room(data, offsets, ids, id_offsets, failed):
            raise ValueError
        with nogil:
            id_offsets[0] = 0
            for u in range(n_texts):
                n = offsets[u + 1] - offsets[u]
                if n > 0:
                    n = self.merged(&data[offsets[u]], n, &symbols[0], &last_symbols[0], &ids[n_ids])
                failed[u] = n < 0
                n_ids += max(n, 0)
                id_offsets[u + 1] = n_ids
        return n_ids

    cdef int merged(
        self, const uint8_t* text, int n, const int32_t* symbols, const int32_t* last_symbols, int32_t* ids
    ) noexcept nogil:
        """How many ids a text of n bytes has; -1 where it has none.

        After `Word::merge_all`, to the order in which outdated candidates are met: one is taken if the pair that is now
        in its place becomes the same symbol. https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/word.rs
        """
        cdef int32_t[MOST + 1] symbol, before, behind
        cdef Candidate[3 * MOST] heap
        cdef Candidate top
        cdef Merge* merge
        cdef size_t n_heap = 0
        cdef int i, right, further, found = 0
        if n > MOST:
            return -1
        for i in range(n):
            symbol[i] = symbols[text[i]] if i < n - 1 else last_symbols[text[i]]
            before[i], behind[i] = i - 1, i + 1
            if symbol[i] < 0:
                return -1
        for i in range(n - 1):
            merge = self.of(symbol[i], symbol[i + 1])
            if merge.pair:
                push(heap, n_heap, <uint64_t>merge.rank << 32 | i, merge.merged)
                n_heap += 1
        while n_heap:
            top = pop(heap, n_heap)
            n_heap -= 1
            i = <int><uint32_t>top.order
            right = behind[i]
            if symbol[i] < 0 or right == n:
                continue
            merge = self.of(symbol[i], symbol[right])
            if not merge.pair or merge.merged != top.merged:
                continue
            further = behind[right]
            symbol[i], symbol[right], behind[i] = top.merged, -1, further
            if further < n:
                before[further] = i
            if before[i] >= 0:
                merge = self.of(symbol[before[i]], symbol[i])
                if merge.pair:
                    push(heap, n_heap, <uint64_t>merge.rank << 32 | before[i], merge.merged)
                    n_heap += 1
            if further < n:
                merge = self.of(symbol[i], symbol[further])
                if merge.pair:
                    push(heap, n_heap, <uint64_t>merge.rank << 32 | i, merge.merged)
                    n_heap += 1
        i = 0
        while i < n:
            ids[found] = symbol[i]
            found += 1
            i = behind[i]
        return found
