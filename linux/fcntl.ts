/** fcntl and close_range: flags of descriptors and descriptions, duplicates, sizes of pipes. */

import { EBADF, EINVAL } from "../abi/errno.ts";
import {
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_GETLK,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_SETFD,
  F_SETFL,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  F_SETPIPE_SZ,
  F_SETSIG,
  FD_CLOEXEC,
  O_APPEND,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
  S_IFIFO,
  S_IFMT,
} from "../abi/linux-files.ts";
import { NSIG } from "../abi/linux-signal.ts";
import { fdCloseRange, fdClosesOnExec, fdDuplicate, fdGet, fdGetAny, fdSetClosesOnExec } from "./descriptors.ts";
import { addSeals } from "./file-sizes.ts";
import { type File, fileFlags, filePut } from "./fs/file.ts";
import { fileIsMemory } from "./fs/memory-file.ts";
import { fileIsPipe, pipeBytes, pipeSetBytes } from "./fs/pipe.ts";
import { fileStream } from "./fs/stream.ts";
import { programStdio } from "./program.ts";
import { recordLock } from "./record-locks.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** What F_SETFL may change. */
const CHANGEABLE = O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT;
/** What a pipe of the host holds: the host's default. */
const HOST_PIPE_BYTES = 0x1_0000n;

export function sysFcntl(call: SyscallFrame): i64 {
  const fd = i32.wrap(call.a0);
  switch (u32.wrap(call.a1)) {
    case F_DUPFD:
      return fdDuplicate(fd, i32.wrap(call.a2), false);
    case F_DUPFD_CLOEXEC:
      return fdDuplicate(fd, i32.wrap(call.a2), true);
    case F_GETFD:
      return fdClosesOnExec(fd);
    case F_SETFD:
      return fdSetClosesOnExec(fd, (u32.wrap(call.a2) & FD_CLOEXEC) !== 0);
    default:
      break;
  }
  // All that is left of fcntl for a mere place (O_PATH) is to ask for the flags.
  const file = u32.wrap(call.a1) === F_GETFL ? fdGetAny(fd) : fdGet(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const result = fileControl(file, u32.wrap(call.a1), call.a2);
  filePut(file);
  return result;
}

function fileControl(file: Ptr<File>, command: u32, argument: u64): i64 {
  switch (command) {
    case F_GETFL:
      return i64(fileFlags(file));
    case F_SETFL:
      return setFlags(file, u32.wrap(argument));
    case F_GETOWN:
      return i64(file.owner);
    case F_SETOWN:
      file.owner = i32.wrap(argument);
      return 0n;
    case F_GETSIG:
      return i64(file.ownerSignal);
    case F_SETSIG:
      if (argument > u64(NSIG)) {
        return i64(-EINVAL);
      }
      file.ownerSignal = u32(argument);
      return 0n;
    case F_GETPIPE_SZ:
      return fileIsPipe(file) ? pipeBytes(file) : hostPipeBytes(file);
    case F_SETPIPE_SZ:
      return fileIsPipe(file) ? pipeSetBytes(file, argument) : hostPipeBytes(file);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return recordLock(file, command, argument);
    case F_ADD_SEALS:
      return addSeals(file, u32.wrap(argument));
    case F_GET_SEALS:
      return file.inode !== null && fileIsMemory(file) ? i64(file.inode.seals) : i64(-EINVAL);
    default:
      return i64(-EINVAL);
  }
}

function hostPipeBytes(file: File): i64 {
  const stream = fileStream(file);
  const isPipe = stream !== u32.MAX && (programStdio(stream).mode & S_IFMT) === S_IFIFO;
  return isPipe ? i64(HOST_PIPE_BYTES) : i64(-EBADF);
}

function setFlags(file: File, wanted: u32): i64 {
  let flags = fileFlags(file);
  while (!file.flags.compareExchange(flags, (flags & ~CHANGEABLE) | (wanted & CHANGEABLE))) {
    flags = fileFlags(file);
  }
  return 0n;
}

export function sysCloseRange(call: SyscallFrame): i64 {
  const first = u32.wrap(call.a0);
  const last = u32.wrap(call.a1);
  const flags = u32.wrap(call.a2);
  if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) {
    return i64(-EINVAL);
  }
  fdCloseRange(first, last, (flags & CLOSE_RANGE_CLOEXEC) !== 0);
  return 0n;
}
