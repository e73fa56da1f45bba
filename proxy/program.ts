/**
 * The program file: found, opened and looked at before any machine is made, so that a wrong file costs one sentence.
 *
 * What an ELF file must look like is decided in compiler/std/elf-check.ts, the same code that the guest's loader runs; here are the
 * reasons that only the host knows. A missing program is 127, as in a shell; everything else is 1.
 */

import { EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR } from "../abi/errno.ts";
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY, S_IFDIR, S_IFMT, S_IFREG, Stat } from "../abi/linux-files.ts";
import { SYS_access, SYS_fstat, SYS_open, SYS_pread64, SYS_readlink } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { hostMapFd } from "./needs/host-file.ts";
import { memoryFor } from "./strings.ts";

const X_OK = 1n;
/** PATH_MAX. */
const PATH_BYTES = 4096n;

export enum ProgramError {
  None = 0,
  Missing = 1,
  Directory = 2,
  NotAFile = 3,
  NotPermitted = 4,
  NotExecutable = 5,
  Unreadable = 6,
}

export class Program {
  fd!: i32;
  /** What is to be loaded: the whole file, or a part that begins at a multiple of 4 KiB. */
  fileOffset!: u64;
  bytes!: u64;
  errno!: i32;
  /** The file as it lies on the host, to be looked into; the mapping stays. */
  view!: Slice<u8>;
  /** Where the file lies, absolute and without links, as /proc/self/exe says it; no bytes if the host cannot tell. */
  path!: Bytes<4096>;
  pathBytes!: u32;
}

/** Opens the program at `path`, a NUL-terminated string. */
export function programOpen(program: Program, path: Ptr<u8>): ProgramError {
  // Who opens a FIFO without O_NONBLOCK waits for somebody to write to it.
  const fd = linuxCall(SYS_open, callPointer(path), u64(O_RDONLY | O_CLOEXEC | O_NONBLOCK), 0n);
  if (fd < 0n) return openError(program, i32(-fd));
  program.fd = i32(fd);
  const stat = new Stat();
  const result = linuxCall(SYS_fstat, u64(fd), callPointer(stat));
  if (result < 0n) return unreadable(program, result);
  if ((stat.st_mode & S_IFMT) === S_IFDIR) return ProgramError.Directory;
  if ((stat.st_mode & S_IFMT) !== S_IFREG) return ProgramError.NotAFile;
  if ((stat.st_mode & 0o111) === 0) return ProgramError.NotExecutable;
  if (linuxCall(SYS_access, callPointer(path), X_OK) < 0n) return ProgramError.NotExecutable;
  program.bytes = u64(stat.st_size);
  readPath(program);
  return look(program) ? ProgramError.None : ProgramError.Unreadable;
}

/** Mapped once for all who look into it; copied where a file system maps nothing. */
function look(program: Program): bool {
  program.view = hostMapFd(program.fd, program.bytes);
  if (program.view.length === program.bytes) return true;
  const place = memoryFor(program.bytes);
  const copied = place === null ? i64(-ENOMEM) : programRead(program, place);
  if (copied < 0n) program.errno = i32(-copied);
  if (copied < 0n || place === null) return false;
  program.view = sliceOf(place, program.bytes);
  return true;
}

/** Without /proc there is no answer, and the guest makes do with argv[0]. */
function readPath(program: Program): void {
  const link = `/proc/self/fd/${program.fd}\0`;
  const place = callPointer(elements(program.path));
  const length = linuxCall(SYS_readlink, callPointer(link.data), place, PATH_BYTES);
  // A path that fills the room may have been cut off.
  program.pathBytes = length > 0n && u64(length) < PATH_BYTES ? u32(length) : 0;
}

/** Reads the whole file to `place`: 0 or a negative errno. */
export function programRead(program: Program, place: Ptr<u8>): i64 {
  return programReadPart(program, place, 0n, program.bytes);
}

/**
 * Reads `[start, end)` of the file to where it lies in one that begins at `place`: 0 or a negative errno. A file that has become shorter since
 * it was opened leaves zeros here; whoever looks at it through the mapping then (uhyvePrepare) gets SIGBUS, as with any program that is rewritten
 * while it is started.
 */
export function programReadPart(program: Program, place: Ptr<u8>, start: u64, end: u64): i64 {
  let done = start;
  while (done < end) {
    const to = callPointer(place.add(done));
    const result = linuxCall(SYS_pread64, u64(program.fd), to, end - done, program.fileOffset + done);
    if (result < 0n) return result;
    if (result === 0n) return 0n;
    done += u64(result);
  }
  return 0n;
}

function openError(program: Program, errno: i32): ProgramError {
  program.errno = errno;
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return ProgramError.Missing;
    case EACCES:
      return ProgramError.NotPermitted;
    default:
      return ProgramError.Unreadable;
  }
}

function unreadable(program: Program, result: i64): ProgramError {
  program.errno = i32(-result);
  return ProgramError.Unreadable;
}
