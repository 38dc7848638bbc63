# SPDX-License-Identifier: GPL-2.0-or-later
"""Decompression by content, for kernels, modules and initial RAM disks."""

import bz2
import lzma
import subprocess
import zlib


class CompressionError(ValueError):
    """Data that cannot be decompressed."""


def _with_tool(command: list[str], data: bytes) -> bytes:
    try:
        result = subprocess.run(command, input=data, capture_output=True, check=False)
    except FileNotFoundError as problem:
        raise CompressionError(f"{command[0]} is needed; install the package of that name") from problem
    # A kernel's payload ends with its size, which is rubbish to the tool: what counts is that there is output.
    if result.returncode and not result.stdout:
        raise CompressionError(f"{command[0]}: {result.stderr.decode('utf-8', 'replace').strip()}")
    return result.stdout


def _lzma(data: bytes) -> bytes:
    decompressor = lzma.LZMADecompressor()
    return decompressor.decompress(data)


_METHODS = [
    (b"\x1f\x8b", "gzip", lambda data: zlib.decompressobj(31).decompress(data)),
    (b"\xfd7zXZ\0", "xz", _lzma),
    (b"\x5d\0\0", "lzma", _lzma),
    (b"BZh", "bzip2", lambda data: bz2.BZ2Decompressor().decompress(data)),
    (b"\x28\xb5\x2f\xfd", "zstd", lambda data: _with_tool(["zstd", "-dcq"], data)),
    (b"\x02\x21\x4c\x18", "lz4", lambda data: _with_tool(["lz4", "-dcq"], data)),
    (b"\x04\x22\x4d\x18", "lz4", lambda data: _with_tool(["lz4", "-dcq"], data)),
    (b"\x89LZO", "lzop", lambda data: _with_tool(["lzop", "-dcq"], data)),
]


def method_of(data: bytes) -> str | None:
    """The name of the compression that data begins with, None if it does not look compressed."""
    return next((name for magic, name, _ in _METHODS if data.startswith(magic)), None)


def decompress(data: bytes) -> bytes:
    """Decompresses data by what its first bytes say."""
    for magic, name, method in _METHODS:
        if data.startswith(magic):
            try:
                return method(data)
            except (zlib.error, lzma.LZMAError, OSError) as problem:
                raise CompressionError(f"damaged {name} data: {problem}") from problem
    raise CompressionError(f"unknown compression (begins with {data[:6].hex(' ')})")
