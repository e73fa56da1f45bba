/**
 * timerfd: a clock's deadline as a readable file.
 *
 * The next deadline is all that is kept. How often an interval has passed follows from the time at the read, so a fast timer that nobody
 * reads costs one interrupt and not thousands: it is armed again by the read, as on Linux. The wall clock cannot be set in the guest, so
 * its deadlines are deadlines of the monotonic clock, and TFD_TIMER_CANCEL_ON_SET has nothing to cancel.
 *
 * Threads that set and read one timer at once change its deadline under its lock; one of them at a time arms the kernel's timer, which is done
 * outside of it, until no other has changed the deadline meanwhile.
 */

import { EAGAIN, EFAULT, EINVAL, ERESTARTSYS } from "../../abi/errno.ts";
import { O_RDWR, POLLIN, POLLRDNORM, type Stat } from "../../abi/linux-files.ts";
import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { type WaitQueue, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { monotonicNs, realtimeNs } from "../../kernel/time/clock.ts";
import { type Timer, timerArm, timerCancel } from "../../kernel/time/timer.ts";
import { anonymousObjectStatus, anonymousSeek } from "./anonymous.ts";
import { type File, type FileOperations, fileCreate, fileIsNonblocking, fileObject } from "./file.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";
import { type Transfer, transferPut } from "./transfer.ts";
import { waitWhile } from "./wait.ts";

const VALUE_BYTES = 8n;
const READABLE = POLLIN | POLLRDNORM;
/** Later deadlines are cut; 292 years. */
const LAST_NS = 0x7fff_ffff_ffff_ffffn;

class TimerFile {
  /** First, because the timer's callback names it. */
  timer!: Timer;
  lock!: SpinLock;
  /** Of the monotonic clock; 0n: disarmed. */
  nextNs!: u64;
  intervalNs!: u64;
  /** Counts changes of the deadline for whoever is arming the timer. */
  generation!: u32;
  isArming!: bool;
  isRealtime!: bool;
  queue!: WaitQueue;
}

/** What timerfd_settime takes and timerfd_gettime gives, in nanoseconds; the value is relative unless it was set as absolute. */
export class TimerSetting {
  valueNs!: u64;
  intervalNs!: u64;
}

/** A description of a new, disarmed timer; null: no memory. */
export function timerfdCreate(isRealtime: bool, flags: u32): Ptr<File> | null {
  const memory = heapAllocZeroed(u64(sizeOf<TimerFile>()));
  if (memory === null) {
    return null;
  }
  // SAFETY: fresh zeroed memory of the size.
  castPtr<TimerFile>(memory).isRealtime = isRealtime;
  const file = fileCreate(TIMERFD_OPERATIONS, virtAddr(memory), O_RDWR | flags);
  if (file === null) {
    heapFree(memory);
  }
  return file;
}

export function fileIsTimerfd(file: File): bool {
  return virtAddr(file.operations) === virtAddr(TIMERFD_OPERATIONS);
}

function onDeadline(timer: Timer): void {
  // SAFETY: `timer` is the first field of TimerFile.
  waitWakeAll(castPtr<TimerFile>(timer).queue, READABLE);
}

/** Arms, moves or disarms (value 0n) the timer; what was set before goes to `before`. */
export function timerfdSet(file: File, wanted: TimerSetting, isAbsolute: bool, before: TimerSetting): void {
  const object = fileObject<TimerFile>(file);
  timerfdGet(file, before);
  {
    using _guard = lockAcquire(object.lock);
    object.intervalNs = wanted.intervalNs;
    object.nextNs = wanted.valueNs === 0n ? 0n : deadlineOf(object, wanted.valueNs, isAbsolute);
  }
  arm(object);
}

/** Arms the kernel's timer for the deadline, or leaves it to the thread that is doing so. */
function arm(object: Ptr<TimerFile>): void {
  if (!mayArm(object)) {
    return;
  }
  let generation: u32 = 0;
  do {
    let nextNs: u64 = 0n;
    {
      using _guard = lockAcquire(object.lock);
      generation = object.generation;
      nextNs = object.nextNs;
    }
    // On whatever processor it was: its callback must not go on there when the file is closed.
    void timerCancel(object.timer);
    if (nextNs !== 0n) {
      timerArm(object.timer, nextNs, onDeadline);
    }
  } while (!isArmedFor(object, generation));
}

function mayArm(object: Ptr<TimerFile>): bool {
  using _guard = lockAcquire(object.lock);
  object.generation++;
  if (object.isArming) {
    return false;
  }
  object.isArming = true;
  return true;
}

function isArmedFor(object: Ptr<TimerFile>, generation: u32): bool {
  using _guard = lockAcquire(object.lock);
  if (object.generation !== generation) {
    return false;
  }
  object.isArming = false;
  return true;
}

/** Never 0n, which means disarmed. */
function deadlineOf(object: TimerFile, value: u64, isAbsolute: bool): u64 {
  const now = monotonicNs();
  if (!isAbsolute) {
    return value < LAST_NS - now ? now + value : LAST_NS;
  }
  const clock = object.isRealtime ? realtimeNs() : now;
  if (value <= clock) {
    const late = clock - value;
    return late < now ? now - late : 1n;
  }
  return value - clock < LAST_NS - now ? now + (value - clock) : LAST_NS;
}

/** How long it is until the next deadline, and the interval. */
export function timerfdGet(file: File, setting: TimerSetting): void {
  const object = fileObject<TimerFile>(file);
  using _guard = lockAcquire(object.lock);
  const now = monotonicNs();
  setting.intervalNs = object.intervalNs;
  setting.valueNs = 0n;
  if (object.nextNs > now) {
    setting.valueNs = object.nextNs - now;
  } else if (object.nextNs !== 0n && object.intervalNs !== 0n) {
    setting.valueNs = object.intervalNs - ((now - object.nextNs) % object.intervalNs);
  }
}

function isDue(object: TimerFile): bool {
  return object.nextNs !== 0n && monotonicNs() >= object.nextNs;
}

function isNotDue(address: VirtAddr): bool {
  return !isDue(pointerAt<TimerFile>(address));
}

/** How many deadlines have passed since the last call. */
function take(object: Ptr<TimerFile>): u64 {
  let count: u64 = 0n;
  {
    using _guard = lockAcquire(object.lock);
    if (!isDue(object)) {
      return 0n;
    }
    count = 1n;
    if (object.intervalNs === 0n) {
      object.nextNs = 0n;
      return count;
    }
    count += (monotonicNs() - object.nextNs) / object.intervalNs;
    object.nextNs += count * object.intervalNs;
  }
  arm(object);
  return count;
}

function timerfdRead(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  if (transfer.left < VALUE_BYTES) {
    return i64(-EINVAL);
  }
  const object = fileObject<TimerFile>(file);
  let count = take(object);
  while (count === 0n) {
    if (fileIsNonblocking(file)) {
      return i64(-EAGAIN);
    }
    if (!waitWhile(object.queue, isNotDue, virtAddr(object), READABLE)) {
      return i64(-ERESTARTSYS);
    }
    count = take(object);
  }
  // SAFETY: eight bytes of a local.
  return transferPut(transfer, castPtr<u8>(addressOf(count)), VALUE_BYTES) === VALUE_BYTES ? 8n : i64(-EFAULT);
}

function timerfdPoll(file: File, table: Ptr<PollTable> | null): u32 {
  const object = fileObject<TimerFile>(file);
  pollAdd(table, object.queue);
  return isDue(object) ? READABLE : 0;
}

function timerfdStatus(_file: File, stat: Stat): i64 {
  return anonymousObjectStatus(stat);
}

function timerfdRelease(file: File): void {
  const object = fileObject<TimerFile>(file);
  void timerCancel(object.timer);
  heapFree(castPtr<u8>(object));
}

const TIMERFD_OPERATIONS: FileOperations = {
  name: "anon_inode:[timerfd]",
  read: timerfdRead,
  write: null,
  poll: timerfdPoll,
  control: null,
  status: timerfdStatus,
  list: null,
  seek: anonymousSeek,
  release: timerfdRelease,
  isPositioned: false,
};

staticAssert(offsetOf<TimerFile>("timer") === 0, "a Timer's address is its file's");
