# cython: language_level=3
from padcli.kernels.unit_index cimport UnitIndex


cdef class Table:
    cdef UnitIndex index
