# SPDX-License-Identifier: GPL-2.0-or-later
"""The three functions of libsodium that are needed, from the library that omdiscd uses."""

import ctypes
import functools

from .problems import Failure

_LIBRARY = "libsodium.so.23"
_SEAL_BYTES = 48
PUBLIC_KEY_BYTES = 32
KEY_BYTES = 32
_SALT_BYTES = 16
_ARGON2ID13 = 2


@functools.cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError as problem:
        raise Failure(f"{_LIBRARY} cannot be loaded ({problem}); install it: apt install libsodium23") from problem
    if library.sodium_init() < 0:
        raise Failure(f"{_LIBRARY} does not start on this PC")
    return library


def seal(content: bytes, public_key: bytes) -> bytes | None:
    """CONTENT so that only who has the secret key of PUBLIC_KEY can read it; None when that is no public key."""
    sealed = ctypes.create_string_buffer(len(content) + _SEAL_BYTES)
    if len(public_key) != PUBLIC_KEY_BYTES:
        return None
    if _library().crypto_box_seal(sealed, content, ctypes.c_ulonglong(len(content)), public_key) != 0:
        return None
    return sealed.raw


def key_of_passphrase(passphrase: bytes, salt: bytes, passes: int, memory: int) -> bytes:
    """The key that Argon2id makes of a passphrase."""
    key = ctypes.create_string_buffer(KEY_BYTES)
    done = _library().crypto_pwhash(
        key, ctypes.c_ulonglong(KEY_BYTES), passphrase, ctypes.c_ulonglong(len(passphrase)), salt[:_SALT_BYTES],
        ctypes.c_ulonglong(passes), ctypes.c_size_t(memory), ctypes.c_int(_ARGON2ID13))
    if done != 0:
        raise Failure(f"the passphrase of the cluster cannot be turned into a key: {memory >> 20} MiB of memory are needed")
    return key.raw
