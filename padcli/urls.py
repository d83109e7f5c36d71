"""URLs as names of inputs and outputs, which are shown and recorded without what may be secret in them."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, Self

# One letter before the colon is a drive of Windows. In a chain, such as zip://member::s3://bucket/key, what is read is
# named first, and then where that lies.
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]+::)*([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_IN_TEXT = re.compile(r"[a-z][a-z0-9+.-]+://[^\s'\"<>()]+", re.IGNORECASE)
_LOCAL = re.compile(r"(?:file|local)://", re.IGNORECASE)

# Where @ and ? are characters of names, and not the end of who asks, or the start of a query.
_WITHOUT_HOST = {"file", "hf", "libarchive", "local", "memory", "tar", "zip"}
_WITHOUT_QUERY = _WITHOUT_HOST | {"gcs", "gs", "s3", "s3a"}
_QUERY = re.compile(r"[?#].*", re.DOTALL)
_SETTINGS = re.compile(r"\?[^/?]*=.*", re.DOTALL)  # as in ?versionId=...
_HIDDEN = "…"


class UrlParts(NamedTuple):
    """A URL in parts: `zip://`, `folder/member.txt` and `::s3://bucket/key`; `tail` may also be a query."""

    prefix: str
    path: str
    tail: str


class Url(str):
    """A URL without what may be secret in it, as a text; `full` is the whole of it, for whoever opens it."""

    __slots__ = ("full",)

    full: str

    def __new__(cls, full: str) -> Self:
        """Make it of a whole URL."""
        self = super().__new__(cls, redacted(full))
        self.full = full
        return self

    def __reduce__(self) -> tuple[Callable[..., "Url"], tuple[str]]:
        return Url, (self.full,)


def is_url(path: object) -> bool:
    """Tell whether a path is a URL, such as `s3://bucket/key`."""
    return isinstance(path, str) and _SCHEME.match(path) is not None


def as_named(path: Any) -> Any:
    """Return a `Url` for a URL, the path for one of a local file, and anything else as it is."""
    if isinstance(path, Url) or not is_url(path):
        return path
    local = _LOCAL.match(path)
    return Url(path) if local is None else path[local.end() :]


def full_url(url: str) -> str:
    """Return the whole of a URL. Raises `ValueError` for one that was recorded without what was secret in it."""
    full = url.full if isinstance(url, Url) else url
    if _HIDDEN in full:
        raise ValueError("it was recorded without its query or its password, which may be secret")
    return full


def parts_of(url: str) -> UrlParts:
    """Split a whole URL."""
    match = _SCHEME.match(url)
    if match is None:
        raise ValueError(f"{redacted(url)!r} is not a URL")
    rest = url[match.end() :]
    chain = rest.find("::")
    end = len(rest) if chain < 0 else chain
    if query := _query(match[1]).search(rest, 0, end):
        end = query.start()
    return UrlParts(match[0], rest[:end], rest[end:])


def protocol_of(url: str) -> str:
    """Return `s3` for `s3://bucket/key`, and `zip` for a member of a zip, wherever that lies."""
    match = _SCHEME.match(url)
    return "" if match is None else match[1].lower()


def name_of(path: str) -> str:
    """Return a path by whose last part an input can be told: of a URL, without a query and what is behind `::`."""
    if not is_url(path):
        return path
    return parts_of(path.full if isinstance(path, Url) else path).path


def redacted(url: str) -> str:
    """Return a URL without a password and a query, in which tokens and signatures stand."""
    return "::".join(map(_redacted, url.split("::")))


def redacted_text(text: str) -> str:
    """Return a text whose URLs are redacted."""
    return _IN_TEXT.sub(lambda match: redacted(match[0]), text)


def _redacted(part: str) -> str:
    match = _SCHEME.match(part)
    if match is None:
        return part
    scheme, rest = match[1].lower(), part[match.end() :]
    rest = _query(scheme).sub("?" + _HIDDEN, rest)
    host, slash, path = rest.partition("/")
    if "@" in host and scheme not in _WITHOUT_HOST:
        host = f"{_HIDDEN}@{host.rpartition('@')[2]}"
    return f"{match[0]}{host}{slash}{path}"


def _query(scheme: str) -> re.Pattern[str]:
    return _SETTINGS if scheme.lower() in _WITHOUT_QUERY else _QUERY
