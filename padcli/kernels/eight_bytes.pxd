# cython: language_level=3
"""Bytes looked at eight at a time, as a number whose lowest byte comes first: `load`. And hashes of them."""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    #error "The loops read eight bytes as one number, the first byte the lowest."
    #endif
    #define PADCLI_ONES 0x0101010101010101ULL
    #define PADCLI_HIGH 0x8080808080808080ULL
    #define PADCLI_MIX 0x9E3779B97F4A7C15ULL
    #define PADCLI_SPACE 32
    """
    const uint64_t ONES "PADCLI_ONES"
    const uint64_t HIGH "PADCLI_HIGH"  # the high bit of each byte
    const uint64_t MIX "PADCLI_MIX"  # 2**64 divided by the golden ratio, as in Fibonacci hashing
    const uint8_t SPACE "PADCLI_SPACE"
    void prefetch "__builtin_prefetch"(const void*) noexcept nogil
    int trailing_zeros "__builtin_ctzll"(unsigned long long) noexcept nogil


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
