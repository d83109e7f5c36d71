# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Models of subwords: merges by rank, the best way through a lattice, the longest match. All run without the GIL.

Each encodes many short texts, `data[offsets[i]:offsets[i + 1]]`, and says which of them it does not know how to encode:
a text of more than `LONGEST` bytes, or with a symbol that has no id.
"""

cimport cython
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc

from padcli.kernels.checks cimport are_within

cdef enum:
    MOST = 256  # bytes of a text

LONGEST = MOST

cdef uint64_t MIX = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio, as in Fibonacci hashing


cdef inline size_t slot_of(uint64_t key, size_t n_slots) noexcept nogil:
    return ((key * MIX) >> 32) & (n_slots - 1)


cdef bint have_room(
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


cdef size_t slots_for(size_t n) noexcept nogil:
    """A power of two, of which n are at most a half."""
    cdef size_t n_slots = 16
    while n_slots < 2 * n:
        n_slots *= 2
    return n_slots


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
