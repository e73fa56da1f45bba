/** Calls that make files without a name: pipes, event counters and readers of signals. */

import { EBADF, EFAULT, EINVAL, ENFILE } from "../abi/errno.ts";
import { EFD_SEMAPHORE, O_CLOEXEC, O_NONBLOCK } from "../abi/linux-files.ts";
import { SIGSET_BYTES } from "../abi/linux-signal.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { fdAddOrPut, fdClose, fdGet } from "./descriptors.ts";
import { eventfdCreate } from "./fs/eventfd.ts";
import { type File, filePut } from "./fs/file.ts";
import { PIPE_FLAGS, pipeOpenBoth } from "./fs/pipe.ts";
import { signalfdCreate, signalfdSetMask } from "./fs/signalfd.ts";
import { UNBLOCKABLE } from "./signal-state.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

export function sysPipe(call: SyscallFrame): i64 {
  return makePipe(call.a0, 0);
}

export function sysPipe2(call: SyscallFrame): i64 {
  return makePipe(call.a0, u32.wrap(call.a1));
}

function makePipe(address: u64, flags: u32): i64 {
  if ((flags & ~(PIPE_FLAGS | O_CLOEXEC)) !== 0) {
    return i64(-EINVAL);
  }
  const ends: FixedArray<Ptr<File> | null, 2> = zeroed();
  const made = pipeOpenBoth(elements(ends), flags & PIPE_FLAGS);
  return made < 0n ? made : placePair(elements(ends), address, (flags & O_CLOEXEC) !== 0);
}

/** Enters two descriptions and stores their numbers: 0, -EMFILE or -EFAULT. Takes over both references. */
export function placePair(files: Ptr<Ptr<File> | null>, address: u64, closesOnExec: bool): i64 {
  const numbers: FixedArray<i32, 2> = zeroed();
  const first = fdAddOrPut(files[0]!, closesOnExec);
  if (first < 0n) {
    filePut(files[1]!);
    return first;
  }
  const second = fdAddOrPut(files[1]!, closesOnExec);
  if (second < 0n) {
    void fdClose(i32(first));
    return second;
  }
  numbers[0] = i32(first);
  numbers[1] = i32(second);
  // SAFETY: eight bytes of a local.
  const written = userWrite(VirtAddr(address), castPtr<u8>(elements(numbers)), 8n);
  if (written !== 0n) {
    void fdClose(i32(first));
    void fdClose(i32(second));
  }
  return written;
}

export function sysEventfd(call: SyscallFrame): i64 {
  return makeEventfd(u32.wrap(call.a0), 0);
}

export function sysEventfd2(call: SyscallFrame): i64 {
  return makeEventfd(u32.wrap(call.a0), u32.wrap(call.a1));
}

function makeEventfd(value: u32, flags: u32): i64 {
  if ((flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK)) !== 0) {
    return i64(-EINVAL);
  }
  return placeOne(eventfdCreate(u64(value), (flags & EFD_SEMAPHORE) !== 0, flags & O_NONBLOCK), flags);
}

/** Enters a description, if there is one: its number, -ENFILE or -EMFILE. */
export function placeOne(file: Ptr<File> | null, flags: u32): i64 {
  return file === null ? i64(-ENFILE) : fdAddOrPut(file, (flags & O_CLOEXEC) !== 0);
}

/** signalfd(fd, mask, size) */
export function sysSignalfd(call: SyscallFrame): i64 {
  return makeSignalfd(call, 0);
}

/** signalfd4(fd, mask, size, flags) */
export function sysSignalfd4(call: SyscallFrame): i64 {
  return makeSignalfd(call, u32.wrap(call.a3));
}

/** A new description for fd -1; else fd's gets the mask. */
function makeSignalfd(call: SyscallFrame, flags: u32): i64 {
  let signals: u64 = 0n;
  if (call.a2 !== SIGSET_BYTES) {
    return i64(-EINVAL);
  }
  // SAFETY: eight bytes of a local.
  if (userRead(castPtr<u8>(addressOf(signals)), VirtAddr(call.a1), SIGSET_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  signals &= ~UNBLOCKABLE;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) {
    return i64(-EINVAL);
  }
  const fd = i32.wrap(call.a0);
  if (fd === -1) {
    return placeOne(signalfdCreate(signals, flags & O_NONBLOCK), flags);
  }
  const file = fdGet(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const result: i64 = signalfdSetMask(file, signals) ? i64(fd) : i64(-EINVAL);
  filePut(file);
  return result;
}
