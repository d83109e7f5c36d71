# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Checksums of runs of bytes. It runs without the GIL."""

from libc.stdint cimport int64_t, uint8_t, uint32_t


def crc32c(const uint8_t[::1] data, const int64_t[::1] offsets, const uint32_t[::1] table, uint32_t[::1] out):
    """Let `out` be the CRC-32C of each run, which is `data[offsets[i]:offsets[i + 1]]`: https://www.rfc-editor.org/rfc/rfc3720

    `table`: that of the polynomial, uint32 `(256,)`. Offsets must rise and lie within the data.
    """
    cdef size_t i, j, n = len(out)
    cdef uint32_t crc
    if <size_t>len(offsets) != n + 1 or len(table) != 256:
        raise ValueError
    for i in range(n):
        if offsets[i] < 0 or offsets[i] > offsets[i + 1] or offsets[i + 1] > len(data):
            raise ValueError
    with nogil:
        for i in range(n):
            crc = 0xFFFFFFFF
            for j in range(<size_t>offsets[i], <size_t>offsets[i + 1]):
                crc = table[(crc ^ data[j]) & 0xFF] ^ (crc >> 8)
            out[i] = ~crc
