"""What a child gives up before it sees the first untrusted byte. Needs neither root nor namespaces.

* seccomp-BPF: no socket but AF_UNIX, no connecting, sending or binding at all, no new programs or processes, no signals
  to others, no io_uring (its ring can open sockets behind the filter), no reading of other processes' memory.
* Landlock (kernels ≥ 5.13; skipped where missing): files can be read only below the interpreter, the system's libraries
  and our own fonts, written nowhere.
* rlimits: address space, processor time, no file growth, no core dump.

Every refusal answers EPERM, so that an engine that merely tries goes on without.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
REFUSE = 0x00050000 | 1  # SECCOMP_RET_ERRNO | EPERM
MISSING = 0x00050000 | 38  # SECCOMP_RET_ERRNO | ENOSYS: glibc falls back from clone3 to clone

AF_UNIX = 1
CLONE_THREAD = 0x00010000

LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
RETURN = 0x06  # BPF_RET | BPF_K

# offsets into struct seccomp_data (little-endian: the low word of an argument comes first)
NUMBER, ARCH, ARGUMENT_0 = 0, 4, 16

REFUSED = [
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kill",
    "tkill",
    "tgkill",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "pidfd_send_signal",
    "pidfd_getfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "bpf",
    "userfaultfd",
    "perf_event_open",
    "mount",
    "add_key",
    "request_key",
    "keyctl",
]

# name -> number on (x86_64, aarch64); None: that machine has no such call
NUMBERS: dict[str, tuple[int, int | None]] = {
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "bind": (49, 200),
    "listen": (50, 201),
    "clone": (56, 220),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "kill": (62, 129),
    "ptrace": (101, 117),
    "rt_sigqueueinfo": (129, 138),
    "mount": (165, 40),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "accept4": (288, 242),
    "rt_tgsigqueueinfo": (297, 240),
    "perf_event_open": (298, 241),
    "sendmmsg": (307, 269),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "execveat": (322, 281),
    "userfaultfd": (323, 282),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "clone3": (435, 435),
    "pidfd_getfd": (438, 438),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
X32_BIT = 0x40000000


class ConfinementError(RuntimeError):
    """The kernel refused the confinement: no job may run here."""


def confine(*, memory_bytes: int, cpu_seconds: int, readable: Iterable[Path]) -> None:
    """Give up everything a job does not need, for good. Raises ConfinementError where the kernel will not have it."""
    limit_resources(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
    if _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise ConfinementError("PR_SET_NO_NEW_PRIVS was refused.")
    restrict_files(readable)
    refuse_system_calls()


def die_with_parent(parent_pid: int) -> None:
    """Be killed when the parent dies, however it dies (also between fork and this call)."""
    _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def limit_resources(*, memory_bytes: int, cpu_seconds: int) -> None:
    """`memory_bytes` of address space beyond what is mapped now, `cpu_seconds` of processor time, no files, no core."""
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def system_call_filter(machine: str) -> bytes:
    """The BPF program, as an array of struct sock_filter. Raises ConfinementError on a machine we have no numbers for."""
    if machine not in MACHINES:
        raise ConfinementError(f"There is no system call table for {machine}; x86_64 and aarch64 are known.")
    column, arch = MACHINES[machine]

    def number(name: str) -> int | None:
        return NUMBERS[name][column]

    program: list[tuple[int, int, int, int]] = [
        (LOAD, 0, 0, ARCH),
        (EQUAL, 1, 0, arch),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        program += [(AT_LEAST, 0, 1, X32_BIT), (RETURN, 0, 0, KILL_PROCESS)]
    for name in REFUSED:
        if (refused := number(name)) is not None:
            program += [(EQUAL, 0, 1, refused), (RETURN, 0, 0, REFUSE)]
    program += [(EQUAL, 0, 1, number("clone3") or 0), (RETURN, 0, 0, MISSING)]
    program += [
        (EQUAL, 0, 4, number("socket") or 0),
        (LOAD, 0, 0, ARGUMENT_0),
        (EQUAL, 0, 1, AF_UNIX),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    program += [
        (EQUAL, 0, 4, number("clone") or 0),
        (LOAD, 0, 0, ARGUMENT_0),
        (ANY_BIT, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    program += [(RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def refuse_system_calls() -> None:
    """Install the filter for this process and what it may still start (threads)."""
    code = system_call_filter(platform.machine())
    instructions = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(instructions))
    holder = ctypes.create_string_buffer(program, len(program))
    if _libc().prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(holder), 0, 0) != 0:
        raise ConfinementError("The kernel refused the seccomp filter.")


LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
READ_FILE, READ_DIR = 1 << 2, 1 << 3
ALL_FILE_RIGHTS = (1 << 13) - 1  # ABI 1


def restrict_files(readable: Iterable[Path]) -> bool:
    """Landlock: reading below `readable`, nothing else. False where the kernel has no Landlock."""
    libc = _libc()
    if libc.syscall(LANDLOCK_CREATE, None, 0, 1) < 1:
        return False
    rights = ctypes.c_uint64(ALL_FILE_RIGHTS)
    ruleset = libc.syscall(LANDLOCK_CREATE, ctypes.byref(rights), ctypes.sizeof(rights), 0)
    if ruleset < 0:
        return False
    for path in readable:
        try:
            folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = READ_FILE | READ_DIR if path.is_dir() else READ_FILE
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, folder), 12)
        libc.syscall(LANDLOCK_ADD, ruleset, 1, ctypes.byref(rule), 0)
        os.close(folder)
    refused = libc.syscall(LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)
    if refused:
        raise ConfinementError("The kernel has Landlock but refused the rules.")
    return True


def readable_paths() -> tuple[Path, ...]:
    """What the engines read after the fork: interpreter, libraries, system tables, our code and fonts."""
    project = Path(__file__).resolve().parents[3]
    ours = [project / name for name in ("documents", "esign", "kernel", "static/fonts")]
    system = [Path(name) for name in ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")]
    own_process = [Path("/proc/self/statm"), Path("/proc/self/maps")]
    interpreter = [Path(prefix) for prefix in {sys.prefix, sys.base_prefix}]
    return (*interpreter, *system, *own_process, *ours)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
