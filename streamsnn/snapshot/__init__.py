"""Model files: versioned, checksummed, safe to open."""

from .codec import plain, unplain
from .file import FORMAT_VERSION, Frozen, SnapshotError, describe, read, to_bytes, write

__all__ = ["FORMAT_VERSION", "Frozen", "SnapshotError", "describe", "plain", "read", "to_bytes", "unplain", "write"]
