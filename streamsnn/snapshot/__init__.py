"""Model files: versioned, checksummed, safe to open."""

from .codec import plain, unplain
from .file import FORMAT_VERSION, SnapshotError, describe, read, write

__all__ = ["FORMAT_VERSION", "SnapshotError", "describe", "plain", "read", "unplain", "write"]
