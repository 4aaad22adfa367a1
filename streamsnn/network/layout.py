"""Where each block of parameters lies in the one flat buffer, and how it grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..memory import Float32s, zeros


@dataclass(frozen=True)
class Block:
    """A matrix inside the buffer: `rows` of `columns` entries from `offset` on."""

    offset: int
    rows: int
    columns: int

    @property
    def size(self) -> int:
        return self.rows * self.columns

    def view(self, buffer: Float32s) -> Float32s:
        """The block as a matrix that shares the buffer's memory."""
        return buffer[self.offset : self.offset + self.size].reshape(self.rows, self.columns)


@dataclass(frozen=True)
class Layout:
    """Names, places and shapes of all trainable parameters of a network.

    Parameters
    ----------
    hidden
        Units of each hidden layer.
    recurrent
        Whether each hidden layer has recurrent weights.
    input_rows
        Rows the input block has room for (row 0 is the bias of the first hidden layer).
    class_rows
        Classes the readout has room for.
    line
        Every block begins at a multiple of so many entries.

    Examples
    --------
    >>> layout = Layout(hidden=(4, 3), recurrent=False, input_rows=8, class_rows=2)
    >>> for name, block in layout.blocks():
    ...     print(name, block.rows, block.columns)
    readout 2 3
    readout_bias 1 2
    weight_1 4 3
    bias_1 1 3
    input 8 4
    >>> layout.size
    55
    """

    hidden: tuple[int, ...]
    recurrent: bool
    input_rows: int
    class_rows: int
    line: int = 1

    def blocks(self) -> Iterator[tuple[str, Block]]:
        """Every block by name, in the order of the buffer; the one that grows most is last."""
        shapes = [("readout", self.class_rows, self.hidden[-1]), ("readout_bias", 1, self.class_rows)]
        for k, units in enumerate(self.hidden):
            if k > 0:
                shapes += [(f"weight_{k}", self.hidden[k - 1], units), (f"bias_{k}", 1, units)]
            if self.recurrent:
                shapes.append((f"recurrent_{k}", units, units))
        shapes.append(("input", self.input_rows, self.hidden[0]))
        offset = 0
        for name, rows, columns in shapes:
            yield name, Block(offset, rows, columns)
            offset += -(-rows * columns // self.line) * self.line

    def __getitem__(self, name: str) -> Block:
        return dict(self.blocks())[name]

    @property
    def size(self) -> int:
        """Entries of the whole buffer."""
        *_, (_, last) = self.blocks()
        return -(-(last.offset + last.size) // self.line) * self.line

    def grown(self, *, input_rows: int | None = None, class_rows: int | None = None) -> Layout:
        """The layout with room for more rows or classes."""
        return replace(self, input_rows=input_rows or self.input_rows, class_rows=class_rows or self.class_rows)

    def exact(self, input_rows: int, class_rows: int) -> Layout:
        """The layout with room for no more than this, and no gaps."""
        return replace(self, input_rows=input_rows, class_rows=class_rows, line=1)

    def copy(self, buffer: Float32s, other: Layout, shift: int = 0) -> Float32s:
        """The contents of a buffer of this layout in a new one of another size; what is new is zero.

        The new one begins `shift` bytes behind the beginning of a page, see `memory.zeros`.
        """
        moved: Float32s = zeros(other.size * (len(buffer) // self.size), shift=shift)
        targets = dict(other.blocks())
        for copy in range(len(buffer) // self.size):
            old = buffer[copy * self.size : (copy + 1) * self.size]
            new = moved[copy * other.size : (copy + 1) * other.size]
            for name, block in self.blocks():
                source, target = block.view(old), targets[name].view(new)
                rows, columns = min(block.rows, len(target)), min(block.columns, target.shape[1])
                target[:rows, :columns] = source[:rows, :columns]
        return moved
