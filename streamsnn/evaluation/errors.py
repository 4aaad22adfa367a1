"""What goes wrong with a stream."""

from __future__ import annotations


class StreamError(ValueError):
    """A stream does not exist or cannot be read; the message says where, and what would work."""
