"""How this library compiles: one decorator, one set of floating-point flags, one way to read memory.

Kernels take the *address* of a table instead of a dozen arrays: Numba spends 0.08 us on every array argument, and a
whole event costs about one microsecond. `int64s`, `float64s` and `float32s` turn addresses in the table into arrays.
"""

from __future__ import annotations

import hashlib
import logging
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.core import event
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

log = logging.getLogger("streamsnn")

# Everything of fastmath but nnan and ninf: with those the compiler deletes `isfinite` checks, and they gain nothing.
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}


def _source_digest() -> str:
    """Fingerprint of every source file of the package, so that an edited callee never leaves a stale cached caller."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_DIGEST = _source_digest()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile `function` for the machine it runs on, without the GIL and, where a cache can be written, only once.

    Kernels that call other kernels are compiled together; only the outermost (see `entry`) is cached on disk, and only
    it can be called from Python: the others go without the wrappers for that, which halves the time to compile.
    """
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _compiled(function: Callable[..., Any], **options: Any) -> Any:
    return numba.njit(nogil=True, fastmath=FASTMATH, error_model="numpy", _nrt=False, **options)(function)


def view(function: Callable[..., Any]) -> Any:
    """A kernel that returns an array: copied into its callers, since compiled functions here own no memory.

    Kernels are compiled without Numba's reference counting (`_nrt`), which would count every look at a buffer; so a
    function can take arrays but not return one it made.
    """
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, inline="always")


def entry(function: Callable[..., Any]) -> Any:
    """A kernel that Python calls: as `kernel`, and cached on disk.

    On a read-only file system the cache has no place; then the kernel is compiled in memory, with a warning.
    """
    dispatcher = _compiled(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError as error:
        warnings.warn(
            f"compiled kernels cannot be cached ({error}); they are compiled again in every process. "
            "Set NUMBA_CACHE_DIR to a writable folder to keep them.",
            RuntimeWarning,
            stacklevel=2,
        )
    else:
        dispatcher._cache._cache_file._source_stamp = _DIGEST
    return dispatcher


class _Announcer(event.Listener):  # type: ignore[misc]
    """Says once, on the log, that a compilation is going on: it takes seconds, and silence would look like a hang."""

    def __init__(self, dispatchers: tuple[Any, ...]) -> None:
        self._dispatchers = dispatchers
        self._started: float | None = None

    def on_start(self, event: Any) -> None:
        if self._started is None and event.data.get("dispatcher") in self._dispatchers:
            self._started = time.perf_counter()
            log.warning("compiling kernels for this machine (once; takes some seconds, later runs load them from disk)")

    def on_end(self, event: Any) -> None:
        if self._started is not None and event.data.get("dispatcher") in self._dispatchers:
            log.info("compiled in %.1f s", time.perf_counter() - self._started)
            self._started = None


def announce(*dispatchers: Any) -> None:
    """Log a line whenever one of these entries has to be compiled."""
    event.register("numba:compile", _Announcer(dispatchers))


def _reader(kind: Any) -> Any:
    """An intrinsic ``(address, length)`` that looks at memory as an array; it owns nothing and costs nothing."""
    array_type = types.Array(kind, 1, "C")

    @intrinsic
    def read(typingctx: Any, address: Any, length: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            array = make_array(array_type)(context, builder)
            pointer = builder.inttoptr(args[0], array.data.type)
            size = context.cast(builder, args[1], signature.args[1], types.intp)
            width = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind)))
            populate_array(array, pointer, [size], [width], width, meminfo=None)
            return array._getvalue()

        return array_type(address, length), codegen

    return read


int64s = _reader(types.int64)
float64s = _reader(types.float64)
float32s = _reader(types.float32)
