"""Numbers next to nothing, taken as nothing.

Squared gradients that fade, and products of slopes far from the threshold, end among the numbers below 1.2e-38, where a
processor takes some hundred cycles for a sum. What is added to them is larger by far, so no weight depends on them.
Kernels switch them off for themselves only, as `torch.set_flush_denormal` does for a whole thread.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

FLUSHES = platform.machine() in ("x86_64", "AMD64")  # elsewhere nothing is switched, only slower
FLUSH_RESULTS_AND_ARGUMENTS = 0x8040  # of the control word MXCSR


def _control(builder: Any, instruction: str, place: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{instruction}")
    builder.call(function, [builder.bitcast(place, ir.IntType(8).as_pointer())])


@intrinsic
def flush_denormals(typingctx: Any) -> Any:
    """Take denormal numbers as 0 from here on in this thread; gives what `restore_denormals` must be told."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if not FLUSHES:
            return ir.Constant(ir.IntType(64), 0)
        place = cgutils.alloca_once(builder, ir.IntType(32))
        _control(builder, "stmxcsr", place)
        before = builder.load(place)
        builder.store(builder.or_(before, ir.Constant(ir.IntType(32), FLUSH_RESULTS_AND_ARGUMENTS)), place)
        _control(builder, "ldmxcsr", place)
        return builder.zext(before, ir.IntType(64))

    return types.int64(), codegen


@intrinsic
def restore_denormals(typingctx: Any, before: Any) -> Any:
    """Take denormal numbers as they were taken before `flush_denormals`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if FLUSHES:
            place = cgutils.alloca_once(builder, ir.IntType(32))
            builder.store(builder.trunc(args[0], ir.IntType(32)), place)
            _control(builder, "ldmxcsr", place)
        return context.get_dummy_value()

    return types.void(before), codegen
