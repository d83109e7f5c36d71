# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Items into rows, one after the other, without the GIL.

Both ways ask a tree for a place: `tree[n_leaves + i]` is the value of leaf i, and above two nodes stands the larger of
them, so that the first leaf of a value or more is found by going down once. A row is named by its number plus one, so
that 0 is none.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free, malloc


cdef inline size_t first_leaf(const int32_t* tree, size_t n_leaves, int32_t least) noexcept nogil:
    """The first leaf of that value or more; there is one."""
    cdef size_t place = 1
    while place < n_leaves:
        place *= 2
        if tree[place] < least:
            place += 1
    return place - n_leaves


cdef inline void put(int32_t* tree, size_t n_leaves, size_t leaf, int32_t value) noexcept nogil:
    cdef size_t place = n_leaves + leaf
    cdef int32_t larger
    tree[place] = value
    while place > 1:
        larger = max(tree[place], tree[place ^ 1])
        place //= 2
        if tree[place] == larger:
            break
        tree[place] = larger


cdef inline int32_t meld(int32_t* below, int32_t* beside, int32_t a, int32_t b) noexcept nogil:
    """Make one of two pairing heaps, of which either may be 0; return its first row."""
    if not a or not b:
        return a | b
    if b < a:
        a, b = b, a
    beside[b], below[a] = below[a], b
    return a


cdef inline int32_t without_first(int32_t* below, int32_t* beside, int32_t first) noexcept nogil:
    """Take the first row out of a pairing heap; return the one that is first now."""
    cdef int32_t a = below[first], b, rest, pairs = 0, melded = 0
    below[first] = 0
    while a:  # two by two, put aside in reverse
        b = beside[a]
        rest = beside[b] if b else 0
        beside[a] = 0
        if b:
            beside[b] = 0
        a = meld(below, beside, a, b)
        beside[a], pairs, a = pairs, a, rest
    while pairs:
        rest, beside[pairs] = beside[pairs], 0
        melded, pairs = meld(below, beside, melded, pairs), rest
    return melded


cdef int64_t checked_sum(const int32_t[::1] lengths, int32_t room) except -1:
    """The sum of lengths that are all from 1 to `room`."""
    cdef size_t i
    cdef int64_t total = 0
    if room < 1 or len(lengths) >= 2**31 - 1:
        raise ValueError("No room, or too many lengths")
    for i in range(<size_t>len(lengths)):
        if lengths[i] < 1 or lengths[i] > room:
            raise ValueError("A length is not from 1 to the room of a row")
        total += lengths[i]
    return total


cdef size_t leaves_for(int64_t n) noexcept nogil:
    cdef size_t n_leaves = 1
    while n_leaves < <size_t>n:
        n_leaves *= 2
    return n_leaves


def first_fit(const int32_t[::1] lengths, int32_t room, int32_t[::1] rows):
    """Write the row of each item: the first one that holds it. Leaves are rows, and how much room each has left."""
    cdef int64_t total = checked_sum(lengths, room)
    cdef size_t n = len(lengths), i, row, n_leaves
    if <size_t>len(rows) < n:
        raise ValueError("No room for the rows of all items")
    # The first item of a row did not fit into the row before, so two neighbours hold more than `room`.
    n_leaves = leaves_for(min(<int64_t>n, 2 * total // room + 1))
    cdef int32_t* tree = <int32_t*>malloc(2 * n_leaves * sizeof(int32_t))
    if not tree:
        raise MemoryError
    with nogil:
        for i in range(2 * n_leaves):
            tree[i] = room
        for i in range(n):
            row = first_leaf(tree, n_leaves, lengths[i])
            rows[i] = <int32_t>row
            put(tree, n_leaves, row, tree[n_leaves + row] - lengths[i])
    free(tree)


def best_fit(const int32_t[::1] lengths, const int64_t[::1] order, int32_t room, int32_t[::1] rows):
    """Write the row of each item, taken in this order: of those that hold it, the fullest; the first of such.

    Leaves are how much room a row can have left, and are worth as much where a row has; such rows are a heap.
    """
    cdef size_t n = len(lengths), n_leaves = leaves_for(<int64_t>room + 1), i
    cdef int64_t item
    cdef int32_t n_rows = 0, row, left
    cdef int32_t* tree = NULL
    cdef int32_t* firsts = NULL
    cdef int32_t* below = NULL
    cdef int32_t* beside = NULL
    checked_sum(lengths, room)
    if <size_t>len(rows) < n or <size_t>len(order) != n:
        raise ValueError("No room for the rows of all items, or not as many in order")
    for i in range(n):
        if order[i] < 0 or order[i] >= <int64_t>n:
            raise ValueError("No such item")
    try:
        # Of memory that is asked for as zeros, pages that nothing is written to take none.
        tree = <int32_t*>calloc(2 * n_leaves, sizeof(int32_t))
        firsts = <int32_t*>calloc(<size_t>room + 1, sizeof(int32_t))
        below = <int32_t*>calloc(n + 1, sizeof(int32_t))
        beside = <int32_t*>calloc(n + 1, sizeof(int32_t))
        if not tree or not firsts or not below or not beside:
            raise MemoryError
        with nogil:
            put(tree, n_leaves, room, room)  # a new row, of which there is always one more
            for i in range(n):
                item = order[i]
                left = <int32_t>first_leaf(tree, n_leaves, lengths[item])
                if left == room:
                    n_rows += 1
                    row = n_rows
                else:
                    row = firsts[left]
                    firsts[left] = without_first(below, beside, row)
                    if not firsts[left]:
                        put(tree, n_leaves, left, 0)
                rows[item] = row - 1
                left -= lengths[item]
                if left:
                    if not firsts[left]:
                        put(tree, n_leaves, left, left)
                    firsts[left] = meld(below, beside, firsts[left], row)
    finally:
        free(tree)
        free(firsts)
        free(below)
        free(beside)
