/**
 * HERMIT_CORE=FILE: where the guest's kernel puts the program's memory and registers when a signal ends it that dumps core.
 *
 * The file is opened before the guest starts, so that a name that cannot work is known then; its old contents go when a core comes. One that was
 * made and not needed is removed. Memory that the program never touched is never written: the file has holes there.
 */

import { ENOSPC } from "../abi/errno.ts";
import { O_CLOEXEC, O_CREAT, O_EXCL, O_PATH, O_WRONLY, S_IFMT, S_IFREG, SEEK_SET, Stat } from "../abi/linux-files.ts";
import { SYS_fstat, SYS_ftruncate, SYS_lseek, SYS_open, SYS_unlink } from "../abi/linux-syscalls.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { complain } from "./complain.ts";
import { errnoText } from "./errno-text.ts";

const MODE = 0o600;

class CoreFile {
  /** What the user wrote, which is NUL-terminated, and the program's path. */
  path!: string;
  program!: string;
  /** -1: there is none. */
  fd!: i32;
  isNew!: bool;
  isBegun!: bool;
  isWhole!: bool;
  /** The first negative errno. */
  error!: i32;
}

const SLASH = 0x2f;

const core: CoreFile = { path: "", program: "", fd: -1, isNew: false, isBegun: false, isWhole: false, error: 0 };

/** Opens the file at `path`, which ends with a NUL: 0, or the exit status after a sentence for the user. */
export function coreFileOpen(path: string, program: string): i32 {
  const flags = u64(O_WRONLY | O_CREAT | O_CLOEXEC);
  let fd = linuxCall(SYS_open, callPointer(path.data), flags | u64(O_EXCL), u64(MODE));
  core.isNew = fd >= 0n;
  if (fd < 0n) fd = linuxCall(SYS_open, callPointer(path.data), flags, u64(MODE));
  if (fd < 0n) {
    return complain("HERMIT_CORE: ", path, ` cannot be written: ${errnoText(i32(-fd))} (error ${-fd})`);
  }
  const stat = new Stat();
  if (linuxCall(SYS_fstat, u64(fd), callPointer(stat)) < 0n || (stat.st_mode & S_IFMT) !== S_IFREG) {
    return complain("HERMIT_CORE: ", path, " is not a regular file");
  }
  core.fd = i32(fd);
  core.path = path;
  core.program = program;
  return 0;
}

/** Whether a core file was asked for. */
export function coreFileIsWanted(): bool {
  return core.fd >= 0;
}

/** A descriptor of the directory from which a file that was made for nothing is removed; -1 if there is none to remove. */
export function coreFileFolder(): i32 {
  if (!core.isNew) return -1;
  const folder: Bytes<4096> = zeroed();
  let length = core.path.length;
  while (length > 0 && core.path.byteAt(length - 1) !== SLASH) length -= 1;
  if (length >= folder.length) return -1;
  copyBytes(elements(folder), core.path.data, u64(length));
  folder[length] = 0;
  const path = length === 0 ? ".".data : elements(folder);
  return i32(linuxCall(SYS_open, u64(virtAddr(path)), u64(O_PATH | O_CLOEXEC)));
}

/** Where the next payload goes: the descriptor after it was moved to the page, or -1 if nothing more is to be written. */
export function coreFileSeek(page: i32): i32 {
  if (core.fd < 0 || core.error !== 0 || page < 0) return -1;
  if (!core.isBegun) {
    core.isBegun = true;
    note(linuxCall(SYS_ftruncate, u64(core.fd), 0n));
  }
  note(linuxCall(SYS_lseek, u64(core.fd), u64(page) * PAGE_SIZE, u64(SEEK_SET)));
  return core.error === 0 ? core.fd : -1;
}

/** A write failed (a negative errno) or did not (0). */
export function coreFileWritten(error: i32): void {
  note(i64(error));
}

/** All has been written; the file ends with this page, which may be one of its holes. */
export function coreFileFinish(pages: i32): void {
  if (coreFileSeek(pages) < 0) return;
  note(linuxCall(SYS_ftruncate, u64(core.fd), u64(pages) * PAGE_SIZE));
  core.isWhole = core.error === 0;
}

function note(result: i64): void {
  if (result < 0n && core.error === 0) core.error = i32(result);
}

/** Says what became of it, if a core came. */
export function coreFileReport(): void {
  if (!core.isBegun) return;
  core.isBegun = false;
  core.isNew = false;
  if (core.error === -ENOSPC) {
    void complain("the core file ", core.path, " is not complete: there is no space left on its file system");
  } else if (core.error !== 0) {
    void complain("the core file ", core.path, ` is not complete: ${errnoText(-core.error)} (error ${-core.error})`);
  } else if (core.isWhole) {
    void complain("to see where, use: gdb ", core.program, ` ${core.path}`);
  } else {
    void complain("the core file ", core.path, " is not complete: the guest ended before");
  }
}

/** Before the process ends. */
export function coreFileEnd(): void {
  coreFileReport();
  coreFileDrop();
}

/** Removes the file if it was made for nothing; a signal handler may call it. */
export function coreFileDrop(): void {
  if (core.isNew) void linuxCall(SYS_unlink, callPointer(core.path.data));
  core.isNew = false;
}
