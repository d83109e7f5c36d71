"""What padcli wrote, looked at again: rows, what was cut, whether it is whole and up to date, how two differ."""
