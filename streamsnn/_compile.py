"""How this library compiles: one decorator, one set of floating-point flags, one way to read memory.

Kernels take the *address* of a table instead of a dozen arrays: Numba spends 0.08 us on every array argument, and a
whole event costs about one microsecond. `int64s`, `float64s`, `float32s` and their like turn addresses in the table
into arrays.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

log = logging.getLogger("streamsnn")

# Everything of fastmath but nnan and ninf: with those the compiler deletes `isfinite` checks, and they gain nothing.
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}
CHILD = "STREAMSNN_COMPILES"  # in the environment of a process that only compiles


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
    dispatcher.compile = _CompileApart(dispatcher)
    return dispatcher


class _CompileApart:
    """Compiles an entry in a process of its own, so that this one, as all later ones, runs what lies in the cache.

    A process that compiles holds its kernels twice, by themselves and inside their entry, and the linker of the
    machine code may take either; they differ in the last bit of a sum. Where nothing can be cached, every process
    compiles, and all hold the same.
    """

    announced = False

    def __init__(self, dispatcher: Any) -> None:
        self._dispatcher = dispatcher
        self._compile = dispatcher.compile

    def __call__(self, signature: Any) -> Any:
        arguments = signature.args if hasattr(signature, "args") else tuple(signature)
        if arguments not in self._dispatcher.overloads and not self._is_cached(arguments):
            if not _CompileApart.announced and CHILD not in os.environ:
                _CompileApart.announced = True
                log.warning(
                    "compiling kernels for this machine (once; takes some seconds, later runs load them from disk)"
                )
            if CHILD not in os.environ:
                self._compile_in_child(arguments)
        return self._compile(signature)

    def _compile_in_child(self, arguments: tuple[Any, ...]) -> None:
        function = self._dispatcher.py_func
        named = ", ".join(f"{a.dtype}[::1]" if isinstance(a, types.Array) else str(a) for a in arguments)
        code = (
            "import importlib; from numba.core import sigutils; "
            f"entry = importlib.import_module({function.__module__!r}).{function.__name__}; "
            f"entry.compile(sigutils.normalize_signature('void({named})')[0])"
        )
        parent = str(Path(__file__).parents[1])
        path = os.pathsep.join(part for part in [parent, os.environ.get("PYTHONPATH")] if part)
        started = time.perf_counter()
        try:
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, CHILD: "1", "PYTHONPATH": path},
                check=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
            )
        except (OSError, TypeError, subprocess.CalledProcessError) as error:
            log.debug("%s is compiled in this process: %r %r", function.__name__, error, getattr(error, "stderr", ""))
        else:
            log.info("compiled %s in %.1f s", function.__name__, time.perf_counter() - started)

    def _is_cached(self, arguments: tuple[Any, ...]) -> bool:
        """Whether the cache on disk holds this; True also where there is none, since a child could not fill it."""
        cache = self._dispatcher._cache
        if not hasattr(cache, "_cache_file"):
            return True
        return cache._index_key(arguments, self._dispatcher.targetctx.codegen()) in cache._cache_file._load_index()


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


bytes_at = _reader(types.uint8)
int16s = _reader(types.int16)
int32s = _reader(types.int32)
int64s = _reader(types.int64)
float64s = _reader(types.float64)
float32s = _reader(types.float32)
