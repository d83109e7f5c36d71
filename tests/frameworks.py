"""Libraries that are not installed for development, since they are large. `make frameworks` installs them."""

import os
from importlib import import_module
from importlib.util import find_spec

import pytest

ALL_ARE_THERE = os.environ.get("PADCLI_FRAMEWORKS") == "1"


def need(name):
    """Imports a library; without it the test is skipped, or fails where all of them have to be there."""
    return import_module(name) if ALL_ARE_THERE else pytest.importorskip(name)


def is_there(name):
    """Tells whether a library is installed, or has to be."""
    return ALL_ARE_THERE or find_spec(name) is not None
