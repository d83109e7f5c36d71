# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Bytes of texts gone through once: where lines end, and which texts are worth a look. See `table.pyx` for arguments."""

from libc.stdint cimport int32_t, uint8_t, uint64_t
from libc.string cimport memchr, memcmp, memset

from padcli.kernels.checks cimport are_within
from padcli.kernels.eight_bytes cimport HIGH, MIX, ONES, SPACE, filled_up, load, mixed

cdef uint8_t LINE_FEED = 10


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
