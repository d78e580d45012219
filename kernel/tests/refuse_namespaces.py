"""Runs a command where unshare(2) is refused, as Docker's default seccomp profile does: `refuse_namespaces.py command …`.

Needs root (a filter without no_new_privs). A seccomp filter, so that nothing of the machine changes.
"""

import ctypes
import os
import platform
import struct
import sys

UNSHARE = {"x86_64": 272, "aarch64": 97}
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
RETURN_ERROR, RETURN_ALLOW, EPERM = 0x00050000, 0x7FFF0000, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def main() -> None:
    instructions = (
        (0x20, 0, 0, 0),  # load the system call's number
        (0x15, 0, 1, UNSHARE[platform.machine()]),  # is it unshare? else skip one
        (0x06, 0, 0, RETURN_ERROR | EPERM),
        (0x06, 0, 0, RETURN_ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *words) for words in instructions))
    program = _Program(len(instructions), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
