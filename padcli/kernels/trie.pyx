# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""A trie of pieces: the best way through a lattice, and the longest match. All run without the GIL.

Each encodes many short texts, `data[offsets[i]:offsets[i + 1]]`, and says which of them it does not know how to encode:
a text of more than `LONGEST` bytes, or with a symbol that has no id. See `table.pyx` for what arguments must be.
"""

cimport cython
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc

from padcli.kernels.checks cimport are_within
from padcli.kernels.subword_texts cimport MOST, have_room, slot_of, slots_for


cdef struct Edge:
    uint32_t key  # of a node and a byte, and one; 0 where the slot is free
    uint32_t node


@cython.final
cdef class Trie:
    """Pieces `data[offsets[i]:offsets[i + 1]]` and their ids, int32 `(n,)`; those below `n_starting` are of the first root.

    A piece of no bytes is none. Of a piece that is there twice, the last one counts.
    """

    cdef Edge* slots
    cdef size_t n_slots, n_nodes, room
    cdef int32_t* piece_of  # of each node, -1 for none
    cdef readonly size_t n_pieces

    def __cinit__(self, const uint8_t[::1] data, const int32_t[::1] offsets, size_t n_starting):
        cdef size_t n = len(offsets) - 1, i
        cdef int32_t k
        cdef uint32_t node
        if not are_within(data, offsets, 0) or n_starting > n:
            raise ValueError
        self.n_pieces = n
        self.n_nodes = 2
        self.room = 2 + (offsets[n] - offsets[0])
        if self.room >= 1 << 24:  # a node and a byte are one key of 32 bits
            raise ValueError
        self.n_slots = slots_for(self.room)
        self.slots = <Edge*>calloc(self.n_slots, sizeof(Edge))
        self.piece_of = <int32_t*>realloc(NULL, self.room * sizeof(int32_t))
        if not self.slots or not self.piece_of:
            raise MemoryError
        for i in range(self.room):
            self.piece_of[i] = -1
        for i in range(n):
            node = i >= n_starting
            for k in range(offsets[i], offsets[i + 1]):
                node = self.grown(node, data[k])
            if node > 1:
                self.piece_of[node] = i

    def __dealloc__(self):
        free(self.slots)
        free(self.piece_of)

    cdef inline Edge* find(self, uint32_t node, uint8_t byte) noexcept nogil:
        cdef uint32_t key = (node << 8 | byte) + 1
        cdef size_t i = slot_of(key, self.n_slots)
        while self.slots[i].key and self.slots[i].key != key:
            i = (i + 1) & (self.n_slots - 1)
        return &self.slots[i]

    cdef uint32_t grown(self, uint32_t node, uint8_t byte) noexcept nogil:
        cdef Edge* edge = self.find(node, byte)
        if not edge.key:
            edge.key, edge.node = (node << 8 | byte) + 1, self.n_nodes
            self.n_nodes += 1
        return edge.node

    def best(
        self,
        const uint8_t[::1] data,
        const int32_t[::1] offsets,
        const double[::1] scores,
        double[::1] margins,
        double[::1] reaches,
        int32_t[::1] pieces,
        int64_t[::1] piece_offsets,
        uint8_t[::1] failed,
    ):
        """The pieces with the largest sum of `scores` `(n_pieces,)` for each of n texts, as `Merges.encode` gives ids.

        `margins` `(n,)`: by how much that sum is larger than the next one, infinite where there is none; `reaches` `(n,)`:
        the largest of all sums on the way, without its sign.

        After `encode_optimized`: sums are of doubles, from the start of a text, and of equal ones the first counts.
        https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/unigram/model.rs
        A text with a character that is no piece fails.
        """
        cdef size_t n_texts = len(offsets) - 1, u
        cdef int64_t n_found = 0
        cdef int n
        if len(margins) < n_texts or len(reaches) < n_texts or len(scores) < self.n_pieces:
            raise ValueError
        if not have_room(data, offsets, pieces, piece_offsets, failed):
            raise ValueError
        with nogil:
            piece_offsets[0] = 0
            for u in range(n_texts):
                n = offsets[u + 1] - offsets[u]
                if n > 0:
                    n = self.best_of(
                        &data[offsets[u]], n, &scores[0], &margins[u], &reaches[u], &pieces[n_found]
                    )
                failed[u] = n < 0
                n_found += max(n, 0)
                piece_offsets[u + 1] = n_found
        return n_found

    cdef int best_of(
        self, const uint8_t* text, int n, const double* scores, double* margin, double* reach, int32_t* pieces
    ) noexcept nogil:
        cdef double[MOST + 1] sums, seconds
        cdef int32_t[MOST + 1] ending, start
        cdef double candidate
        cdef Edge* edge
        cdef uint32_t node
        cdef int32_t piece
        cdef int i, j, char, found = 0
        cdef bint is_whole
        if n > MOST:
            return -1
        for i in range(n + 1):
            start[i], seconds[i] = -1, -INFINITY
        sums[0] = reach[0] = i = 0
        while i < n:
            reach[0] = max(reach[0], fabs(sums[i]))
            char = 1
            while i + char < n and text[i + char] & 0xC0 == 0x80:
                char += 1
            node, is_whole, j = 0, False, i
            while j < n:
                edge = self.find(node, text[j])
                if not edge.key:
                    break
                node = edge.node
                j += 1
                piece = self.piece_of[node]
                if piece >= 0:
                    candidate = scores[piece] + sums[i]
                    if start[j] < 0 or candidate > sums[j]:
                        seconds[j] = max(sums[j] if start[j] >= 0 else -INFINITY, scores[piece] + seconds[i])
                        sums[j], start[j], ending[j] = candidate, i, piece
                    else:
                        seconds[j] = max(seconds[j], candidate)
                    is_whole = is_whole or j == i + char
            if not is_whole:
                return -1
            i += char
        reach[0] = max(reach[0], fabs(sums[n]))
        margin[0] = sums[n] - seconds[n]
        i = n
        while i > 0:  # backwards, and then turned round
            pieces[found] = ending[i]
            found += 1
            i = start[i]
        for i in range(found // 2):
            pieces[i], pieces[found - 1 - i] = pieces[found - 1 - i], pieces[i]
        return found

    def longest(
        self,
        const uint8_t[::1] data,
        const int32_t[::1] offsets,
        int32_t[::1] pieces,
        int64_t[::1] piece_offsets,
        uint8_t[::1] failed,
    ):
        """The longest piece at each place, for each of n texts, as `Merges.encode` gives ids.

        The first one of a text is of the first root, and others are of the second. A text fails at a place where no
        piece fits. https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/wordpiece/mod.rs
        """
        cdef size_t n_texts = len(offsets) - 1, u
        cdef int64_t n_found = 0
        cdef int n
        if not have_room(data, offsets, pieces, piece_offsets, failed):
            raise ValueError
        with nogil:
            piece_offsets[0] = 0
            for u in range(n_texts):
                n = offsets[u + 1] - offsets[u]
                if n > 0:
                    n = self.longest_of(&data[offsets[u]], n, &pieces[n_found])
                failed[u] = n < 0
                n_found += max(n, 0)
                piece_offsets[u + 1] = n_found
        return n_found

    cdef int longest_of(self, const uint8_t* text, int n, int32_t* pieces) noexcept nogil:
        cdef Edge* edge
        cdef uint32_t node
        cdef int i = 0, j, end, found = 0
        while i < n:
            node, j, end = i > 0, i, i
            while j < n:
                edge = self.find(node, text[j])
                if not edge.key:
                    break
                node = edge.node
                j += 1
                if self.piece_of[node] >= 0:
                    pieces[found], end = self.piece_of[node], j
            if end == i:
                return -1
            found += 1
            i = end
        return found
