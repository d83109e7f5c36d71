"""Objects at URLs, through fsspec: what they are, their bytes, and what went wrong, as an `OSError` of that name."""

import difflib
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from padcli.errors import InputError, MissingLibraryError, PadcliError
from padcli.urls import full_url, protocol_of, redacted_text

_EXTRA = "remote"
_OF_EXTRA = {"gcs", "gs", "hf", "http", "https", "s3", "s3a"}
_HTTP = ("http", "https")
_CONNECT, _READ = 30, 60  # seconds
# What another content of an object would change; the file systems of fsspec have no common name for it.
_STATE = ("size", "ETag", "etag", "generation", "LastModified", "Last-Modified", "last_modified", "mtime", "created",
          "blob_id", "CRC", "Content-MD5", "content_md5")  # fmt: skip
_ACCESS = (errno.EACCES, "access denied, or no credentials were found")
# What went wrong, by the names of exceptions: those of several libraries, none of which need be installed.
_REASONS = (
    ({"PermissionError", "NoCredentialsError"}, _ACCESS),
    (
        {"TimeoutError", "ReadTimeoutError", "ConnectTimeoutError"},
        (errno.ETIMEDOUT, "the server did not answer in time"),
    ),
    (
        {"ClientConnectorError", "EndpointConnectionError", "ConnectionRefusedError"},
        (errno.ECONNREFUSED, "cannot connect to the server"),
    ),
    (
        {"ClientConnectionError", "ClientPayloadError", "ConnectionClosedError", "ConnectionError"}
        | {"IncompleteRead", "ResponseStreamingError"},
        (errno.ECONNABORTED, "the connection to the server broke"),
    ),
    ({"FileNotFoundError"}, (errno.ENOENT, "does not exist")),  # which some say of all that goes wrong
    ({"IsADirectoryError"}, (errno.EISDIR, "is a folder")),
)
_own = dict[Any, Any]()
_HINTS = {
    errno.EACCES: "Credentials are found as the service's own tools find them, such as AWS_PROFILE for s3://; for "
    "public data without any: FSSPEC_S3_ANON=true.",
    errno.ECONNABORTED: "Run it again; nothing was written.",
    errno.ETIMEDOUT: "Run it again; nothing was written.",
}


def open_file_system(url: str, *, is_own: bool = False) -> tuple[Any, str]:
    """Return fsspec's file system of a URL, and the name that the URL has there; nothing is asked of any server.

    `is_own`: one that only padcli uses, so that its transactions are nobody else's. Raises `InputError` or
    `MissingLibraryError`.
    """
    try:
        full = full_url(url)
    except ValueError as error:
        raise InputError(f"{url}: cannot be read again: {error}.") from error
    try:
        import fsspec
        from fsspec.core import url_to_fs

        options: dict[str, Any] = {name: _http_options(full) for name in _HTTP if f"{name}://" in full}
        fs, name = url_to_fs(full, **options)
        if is_own:
            if fs not in _own:
                _own[fs] = url_to_fs(full, skip_instance_cache=True, **options)[0]
            fs = _own[fs]
    except ImportError as error:
        raise _missing(url, error) from error
    except ValueError as error:
        if not str(error).startswith("Protocol not known"):
            raise InputError(f"{url}: {redacted_text(str(error))}.") from error
        raise _unknown_protocol(url, str(error).rpartition(" ")[2], fsspec.available_protocols()) from error
    except Exception as error:
        raise InputError(f"{url}: {_reason(error)[1]}.") from error
    return fs, name


def info(url: str) -> dict[str, Any]:
    """Return what is known of an object: its `size`, None where nobody says, and its `type`, as fsspec gives them.

    Raises `OSError`.
    """
    fs, name = open_file_system(url)
    with raised_as_os_error(url):
        found: dict[str, Any] = fs.info(name)
        return found


def state_of(found: dict[str, Any]) -> dict[str, Any]:
    """Return the part of `info` that tells one content of an object from another."""
    return {name: found[name] for name in _STATE if found.get(name) is not None}


def download(url: str, path: str) -> None:
    """Copy an object to a local file. Raises `OSError`."""
    fs, name = open_file_system(url)
    fs.invalidate_cache()
    with raised_as_os_error(url):
        fs.get_file(name, path)


def exists(url: str) -> bool:
    """Return whether there is an object. Raises `OSError` where nobody can say."""
    open_file_system(url)[0].invalidate_cache()
    try:
        return bool(info(url)["type"] == "file")
    except FileNotFoundError:
        return False


@contextmanager
def raised_as_os_error(url: str) -> Iterator[None]:
    """Convert whatever the library of a protocol raises into an `OSError` with a reason for people."""
    try:
        yield
    except PadcliError:
        raise
    except ImportError as error:
        raise _missing(url, error) from error
    except Exception as error:
        number, reason = _reason(error)
        raise OSError(number, reason, str(url)) from error


@contextmanager
def raised_as_input_error(url: str) -> Iterator[None]:
    """Raise what goes wrong as an `InputError`, with a hint on how to go on."""
    try:
        with raised_as_os_error(url):
            yield
    except OSError as error:
        raise InputError(f"{url}: {error.strerror}.", hint=_HINTS.get(error.errno or 0, "")) from error


def is_transient(error: BaseException) -> bool:
    """Return whether asking again may help."""
    return isinstance(error, Exception) and _reason(error)[0] not in (errno.ENOENT, errno.EACCES, errno.EISDIR)


def _http_options(url: str) -> dict[str, Any]:
    import aiohttp

    # aiohttp would end any download after five minutes; and a server that compresses would change what is read.
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=_READ)
    return {
        "client_kwargs": {"timeout": timeout},
        "headers": {"Accept-Encoding": "identity"},
        "encoded": "%" in url,  # else what is signed would be quoted anew
    }


def _missing(url: str, error: ImportError) -> PadcliError:
    protocol = protocol_of(url)
    if protocol in _OF_EXTRA or (error.name or "").partition(".")[0] == "fsspec":
        return MissingLibraryError(f"{url}: {protocol}://", _EXTRA)
    return InputError(f"{url}: {protocol}:// requires a library that is not installed.", hint=f"{error}.")


def _unknown_protocol(url: str, protocol: str, known: list[str]) -> InputError:
    alike = difflib.get_close_matches(protocol, known, n=1, cutoff=0.5)
    hint = f"Did you mean {alike[0]}://?" if alike else "Known are s3://, gs://, hf://, https:// and others of fsspec."
    return InputError(f"{url}: unknown protocol {protocol!r}.", hint=hint)


def _reason(error: BaseException) -> tuple[int, str]:
    """Return an `errno` and a reason, as it stands behind the name of an object."""
    chain = list(_causes(error))
    if {getattr(each, "status", None) for each in chain} & {401, 403}:  # which is said to be missing, by some
        return _ACCESS
    names = {kind.__name__ for each in chain for kind in type(each).__mro__}
    found = next((reason for known, reason in _REASONS if names & known), None)
    if found is not None:
        return found
    text = redacted_text(str(error)).strip().rstrip(".")
    return getattr(error, "errno", None) or errno.EIO, " ".join(text.split()) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
