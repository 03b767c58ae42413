"""No way out: from here on this process opens no connection but to sockets of this machine's files.

The second wall behind the readers: whatever a file talks a library into, the kernel lets it open no
internet socket and start no program. Connections that are open already, the store's, go on.
"""

from __future__ import annotations

import ctypes
import platform
import struct
from functools import cache

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 22, 38, 2
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 13  # errno EACCES
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_AF_UNIX = 1
_X32_BIT = 0x40000000
# machine -> its audit number, and the numbers of socket, execve, execveat
_MACHINES = {
    "x86_64": (0xC000003E, 41, (59, 322)),
    "aarch64": (0xC00000B7, 198, (221, 281)),
}


@cache
def close_sockets() -> bool:
    """Close the way out for this process and its children; False where the kernel cannot."""
    if platform.machine() not in _MACHINES:
        return False
    code = _program(*_MACHINES[platform.machine()])
    held = ctypes.create_string_buffer(code)
    # struct sock_fprog: the number of instructions, and where they are.
    told = struct.pack("HP", len(code) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, told, 0, 0) == 0)


def _program(machine: int, socket: int, programs: tuple[int, ...]) -> bytes:
    """Return the filter in the kernel's form: (code, jump if true, jump if false, value)."""
    rules = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IF_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _DENY),
    ]
    for number in programs:
        rules += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _DENY)]
    rules += [
        (_IF_EQUAL, 1, 0, socket),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_IF_EQUAL, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    return b"".join(struct.pack("HBBI", *rule) for rule in rules)
