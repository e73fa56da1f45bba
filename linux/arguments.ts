/**
 * What the arguments of system calls are: one enum from which the checks before a call and the trace after it are derived.
 *
 * A kind that points to memory says how much of it and in which direction in KIND_LAYOUT. "Counted" kinds point to as many elements as
 * the next argument says. The check refuses addresses that no application can have; whether pages are there shows when they are
 * copied (kernel/mm/user-access.ts), which the handlers do.
 */

import { EBADF, EFAULT, EINVAL } from "../abi/errno.ts";
import { IOV_MAX, type Iovec, type Pollfd, type Stat, type Statx } from "../abi/linux-files.ts";
import type { NewUtsname, Rlimit, Rusage, Sysinfo } from "../abi/linux-process.ts";
import type { KernelSigaction, StackT } from "../abi/linux-signal.ts";
import type { Timespec, Timeval, Timezone, Tms } from "../abi/linux-time.ts";
import { APP_BASE, APP_LIMIT } from "../abi/memory-map.ts";

export enum Kind {
  /** No argument. */
  None = 0,
  // Numbers and names.
  Signed,
  Unsigned,
  Hex,
  Octal,
  Address,
  /** An address of a call whose answer is an address, too. */
  Place,
  /** An open descriptor: anything else is EBADF before the call runs. */
  Fd,
  /** A descriptor or a special value such as AT_FDCWD; the call checks it. */
  FdOrNone,
  Protection,
  MapFlags,
  RemapFlags,
  Advice,
  OpenFlags,
  CloneFlags,
  RandomFlags,
  Signal,
  SignalHow,
  Clock,
  ClockFlags,
  Whence,
  FcntlCommand,
  IoctlRequest,
  Resource,
  RusageWho,
  FutexOperation,
  ArchCode,
  PrctlOption,
  /** Pointers to strings, a null behind them: argv; and envp, of which only the count is shown. The call checks them, after its path. */
  Strings,
  StringsCounted,
  // Memory. Everything from FIRST_POINTER on is checked by its layout.
  Path,
  /** May be null where flags allow it. */
  PathOrNone,
  BytesIn,
  BytesOut,
  IovecsIn,
  IovecsOut,
  TimespecIn,
  TimespecOut,
  TimevalOut,
  TimezoneOut,
  TimeOut,
  TmsOut,
  StatOut,
  StatxOut,
  SigactionIn,
  SigactionOut,
  SigsetIn,
  SigsetOut,
  StackIn,
  StackOut,
  RlimitIn,
  RlimitOut,
  RusageOut,
  SysinfoOut,
  UtsnameOut,
  PollfdsInOut,
  Word32,
  Word32Out,
}

const FIRST_POINTER = u32(Kind.Path);
const KIND_COUNT = 64;

export enum Direction {
  None = 0,
  In = 1,
  Out = 2,
  InOut = 3,
}

@struct()
export class KindLayout {
  /** Of the struct, or of one element of a counted kind. 0: unknown (a string). */
  bytes!: u32;
  direction!: Direction;
  isCounted!: bool;
  /** Null means "not wanted". */
  isOptional!: bool;
}

const KIND_LAYOUT: FixedArray<KindLayout, 64> = sparseArray<KindLayout, 64>(
  { bytes: 0, direction: Direction.None, isCounted: false, isOptional: false },
  {
    [Kind.Path]: { bytes: 0, direction: Direction.In, isCounted: false, isOptional: false },
    [Kind.PathOrNone]: { bytes: 0, direction: Direction.In, isCounted: false, isOptional: true },
    [Kind.BytesIn]: { bytes: 1, direction: Direction.In, isCounted: true, isOptional: false },
    [Kind.BytesOut]: { bytes: 1, direction: Direction.Out, isCounted: true, isOptional: false },
    [Kind.IovecsIn]: { bytes: sizeOf<Iovec>(), direction: Direction.In, isCounted: true, isOptional: false },
    [Kind.IovecsOut]: { bytes: sizeOf<Iovec>(), direction: Direction.In, isCounted: true, isOptional: false },
    [Kind.TimespecIn]: { bytes: sizeOf<Timespec>(), direction: Direction.In, isCounted: false, isOptional: true },
    [Kind.TimespecOut]: { bytes: sizeOf<Timespec>(), direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.TimevalOut]: { bytes: sizeOf<Timeval>(), direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.TimezoneOut]: { bytes: sizeOf<Timezone>(), direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.TimeOut]: { bytes: 8, direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.TmsOut]: { bytes: sizeOf<Tms>(), direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.StatOut]: { bytes: sizeOf<Stat>(), direction: Direction.Out, isCounted: false, isOptional: false },
    [Kind.StatxOut]: { bytes: sizeOf<Statx>(), direction: Direction.Out, isCounted: false, isOptional: false },
    [Kind.SigactionIn]: {
      bytes: sizeOf<KernelSigaction>(),
      direction: Direction.In,
      isCounted: false,
      isOptional: true,
    },
    [Kind.SigactionOut]: {
      bytes: sizeOf<KernelSigaction>(),
      direction: Direction.Out,
      isCounted: false,
      isOptional: true,
    },
    [Kind.SigsetIn]: { bytes: 8, direction: Direction.In, isCounted: false, isOptional: true },
    [Kind.SigsetOut]: { bytes: 8, direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.StackIn]: { bytes: sizeOf<StackT>(), direction: Direction.In, isCounted: false, isOptional: true },
    [Kind.StackOut]: { bytes: sizeOf<StackT>(), direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.RlimitIn]: { bytes: sizeOf<Rlimit>(), direction: Direction.In, isCounted: false, isOptional: true },
    [Kind.RlimitOut]: { bytes: sizeOf<Rlimit>(), direction: Direction.Out, isCounted: false, isOptional: true },
    [Kind.RusageOut]: { bytes: sizeOf<Rusage>(), direction: Direction.Out, isCounted: false, isOptional: false },
    [Kind.SysinfoOut]: { bytes: sizeOf<Sysinfo>(), direction: Direction.Out, isCounted: false, isOptional: false },
    [Kind.UtsnameOut]: { bytes: sizeOf<NewUtsname>(), direction: Direction.Out, isCounted: false, isOptional: false },
    [Kind.PollfdsInOut]: { bytes: sizeOf<Pollfd>(), direction: Direction.InOut, isCounted: true, isOptional: false },
    [Kind.Word32]: { bytes: 4, direction: Direction.In, isCounted: false, isOptional: false },
    [Kind.Word32Out]: { bytes: 4, direction: Direction.Out, isCounted: false, isOptional: true },
  },
);
const NO_LAYOUT: KindLayout = { bytes: 0, direction: Direction.None, isCounted: false, isOptional: false };

export function isPointer(kind: Kind): bool {
  return u32(kind) >= FIRST_POINTER;
}

export function layoutOf(kind: Kind): KindLayout {
  return u32(kind) < KIND_COUNT ? KIND_LAYOUT[u32(kind)] : NO_LAYOUT;
}

/** Whether a descriptor is open; set by linux/files.ts, which knows. */
export type FdCheck = (fd: i32) => bool;

/** What the kinds demand of the arguments: 0, -EBADF, -EINVAL or -EFAULT. `args` and `kinds` have six elements. */
export function checkArguments(args: Ptr<u64>, kinds: Ptr<Kind>, isOpen: FdCheck): i64 {
  for (let i: u32 = 0; i < 6; i++) {
    const kind = kinds[i];
    if (kind === Kind.None) {
      return 0n;
    }
    if (kind === Kind.Fd && !isOpen(i32.wrap(args[i]))) {
      return i64(-EBADF);
    }
    // Before the pointer, as on Linux: with such a count no pointer is plausible.
    if (isVector(kind) && i < 5 && args[i + 1] > IOV_MAX) {
      return i64(-EINVAL);
    }
    if (isPointer(kind) && !isPlausible(layoutOf(kind), args[i], i < 5 ? args[i + 1] : 0n)) {
      return i64(-EFAULT);
    }
  }
  return 0n;
}

function isVector(kind: Kind): bool {
  return kind === Kind.IovecsIn || kind === Kind.IovecsOut;
}

/** Whether the memory lies where an application's memory can lie. */
function isPlausible(layout: KindLayout, address: u64, count: u64): bool {
  if (address === 0n && layout.isOptional) {
    return true;
  }
  let bytes: u64 = u64(layout.bytes);
  if (layout.isCounted) {
    if (count > APP_LIMIT) {
      return false;
    }
    bytes = bytes * count;
    if (bytes === 0n) {
      return true;
    }
  }
  // Where nothing can lie it may be that nothing is touched: whoever moves bytes finds out.
  return (address >= APP_BASE || layout.isCounted) && address <= APP_LIMIT && bytes <= APP_LIMIT - address;
}
