/**
 * Builds the BootModule (abi/boot-info.ts): what to run, the same bytes for every isle.
 *
 * `bootModuleMeasure` says where the parts lie, `bootModuleWrite` writes all but the body (the program file), which the caller puts at
 * `bodyOffset` itself (mapped on uhyve, copied for QEMU). Arguments and variables are passed on unfiltered.
 */

import {
  BOOT_ABI_VERSION,
  BOOT_MODULE_MAGIC,
  type BootModule,
  ModuleFlag,
  type ModuleLimit,
  type ModuleMount,
  ModuleMountFlag,
  ModuleMountKind,
  type StdioInfo,
} from "../abi/boot-info.ts";
import { F_GETFL, O_ACCMODE, O_APPEND, O_PATH, S_IFCHR, S_IFIFO, S_IFMT, S_IFSOCK, Stat } from "../abi/linux-files.ts";
import { NewUtsname, PRIO_PROCESS, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_STACK } from "../abi/linux-process.ts";
import {
  SYS_clock_gettime,
  SYS_fcntl,
  SYS_fstat,
  SYS_getgid,
  SYS_getpriority,
  SYS_getrandom,
  SYS_getrlimit,
  SYS_getuid,
  SYS_ioctl,
  SYS_umask,
  SYS_uname,
} from "../abi/linux-syscalls.ts";
import { TCGETS, Termios } from "../abi/linux-terminal.ts";
import { CLOCK_REALTIME, NS_PER_SECOND, Timespec } from "../abi/linux-time.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { signalsInherited } from "../uhyve/signals.ts";
import { exportName, type Mount, type MountList } from "./mounts.ts";
import { stringAt, vectorLength } from "./strings.ts";

const HOST_NAME_BYTES = 64;
const RANDOM_SEED_BYTES = 32n;
const PROGRAM_RANDOM_BYTES = 16n;

export class ModuleSource {
  argc!: u32;
  argv!: Ptr<u64>;
  environment!: Ptr<u64>;
  isVerbose!: bool;
  isStrace!: bool;
  isTimed!: bool;
  isCoreWanted!: bool;
  programBytes!: u64;
  /** What the caller puts at `bodyOffset`: the program, or the files of a packed image with the program at `programInBody`. */
  bodyBytes!: u64;
  programInBody!: u64;
  /** Of a packed image. */
  fileCount!: u32;
  filesChecksum!: u32;
  /** The program's path on the host, or no bytes. */
  path!: Slice<u8>;
  /** What the program sees of the host. */
  mounts!: Ptr<MountList>;
  /** Frequency of the host's time-stamp counter, or 0. */
  tscKhz!: u32;
  /** Processors of the machine. */
  cpuCount!: u32;
  /** Bit n: descriptor n is closed (closed-stdio.ts). */
  closedStdio!: u32;

  /** Filled by bootModuleMeasure. */
  envc!: u32;
  stringsBytes!: u64;
  mountsOffset!: u64;
  bodyOffset!: u64;
  programOffset!: u64;
  totalBytes!: u64;
}

/** Computes the sizes; false if arguments and variables are more than the format can describe. */
export function bootModuleMeasure(source: ModuleSource): bool {
  const strings = stringsEnd(source);
  if (source.stringsBytes > u64(u32.MAX)) return false;
  source.mountsOffset = (strings + u64(source.mounts.working.length) + 7n) & ~7n;
  placeBody(source, roundUp(source.mountsOffset + mountsBytes(source.mounts)));
  return true;
}

/**
 * The same before mounts are known, with room for as many as most programs have: where the body of a module that will lie at `address`
 * begins, at a multiple of `alignment`, a power of two. It does if bootModuleKeepBody says so.
 */
export function bootModuleExpect(source: ModuleSource, address: u64, alignment: u64): void {
  const room = source.bodyBytes / ROOM_SHARE;
  const body = address + stringsEnd(source) + (room < MOST_ROOM_BYTES ? room : MOST_ROOM_BYTES);
  placeBody(source, ((body + alignment - 1n) & ~(alignment - 1n)) - address);
}

/** After bootModuleMeasure: leaves the body at `offset` if what lies before it leaves it there. */
export function bootModuleKeepBody(source: ModuleSource, offset: u64): bool {
  if (source.bodyOffset > offset) return false;
  placeBody(source, offset);
  return true;
}

function placeBody(source: ModuleSource, offset: u64): void {
  source.bodyOffset = offset;
  source.programOffset = offset + source.programInBody;
  source.totalBytes = offset + source.bodyBytes;
}

/** For the working directory, and mounts with the contents of small files: large programs come with more of them. */
const ROOM_SHARE = 64n;
const MOST_ROOM_BYTES = 0x1_0000n;

/** Counts the strings; where they and the program's path end. */
function stringsEnd(source: ModuleSource): u64 {
  source.envc = vectorLength(source.environment);
  source.stringsBytes = bytesOfStrings(source.argv, source.argc) + bytesOfStrings(source.environment, source.envc);
  return u64(sizeOf<BootModule>()) + source.stringsBytes + source.path.length;
}

/** Moves the body of a module that will lie at `address` to the next multiple of `alignment`, a power of two: up to so many bytes more. */
export function bootModuleAlign(source: ModuleSource, address: u64, alignment: u64): void {
  placeBody(source, ((address + source.bodyOffset + alignment - 1n) & ~(alignment - 1n)) - address);
}

/** Writes header and strings to `place`: page-aligned, zeroed, `bodyOffset` bytes at least. */
export function bootModuleWrite(source: ModuleSource, place: Ptr<u8>): void {
  // SAFETY: the caller's place is aligned to a page.
  const module = castPtr<BootModule>(place);
  module.magic = BOOT_MODULE_MAGIC;
  module.version = BOOT_ABI_VERSION;
  if (source.isVerbose) module.flags |= u32(ModuleFlag.Verbose);
  if (source.isTimed) module.flags |= u32(ModuleFlag.Time);
  if (source.isCoreWanted) module.flags |= u32(ModuleFlag.Core);
  if (source.isStrace) module.flags |= u32(ModuleFlag.Strace);
  module.totalBytes = source.totalBytes;
  module.stringsOffset = sizeOf<BootModule>();
  module.stringsBytes = u32(source.stringsBytes);
  module.argc = source.argc;
  module.envc = source.envc;
  module.programOffset = source.programOffset;
  module.programBytes = source.programBytes;
  if (source.fileCount > 0) {
    module.filesOffset = source.bodyOffset;
    module.filesBytes = source.bodyBytes;
    module.fileCount = source.fileCount;
    module.filesChecksum = source.filesChecksum;
  }
  module.tscKhz = source.tscKhz;
  module.cpuCount = source.cpuCount;
  writeHostFacts(module, source.closedStdio);
  module.ignoredSignals = signalsInherited.ignored;
  module.blockedSignals = signalsInherited.blocked;
  const next = copyStrings(place.add(sizeOf<BootModule>()), source.argv, source.argc);
  const behind = copyStrings(next, source.environment, source.envc);
  module.pathBytes = u32(source.path.length);
  copyBytes(behind, source.path.data, source.path.length);
  const working = source.mounts.working;
  module.workingBytes = working.length;
  if (working.length > 0) copyBytes(behind.add(source.path.length), working.data, u64(working.length));
  module.mountsOffset = u32(source.mountsOffset);
  module.mountCount = source.mounts.count;
  writeMounts(source, place);
}

function mountsBytes(list: MountList): u64 {
  let bytes = u64(list.count) * u64(sizeOf<ModuleMount>());
  for (let i: u32 = 0; i < list.count; i += 1)
    bytes += u64(list.mounts[i].guest.length + nameOf(list.mounts[i], i).length);
  return bytes;
}

/** An export's name for guest and server, a link's target, or what is in a file. */
function nameOf(mount: Mount, index: u32): string {
  if (mount.kind === ModuleMountKind.Link) return mount.host;
  if (mount.kind === ModuleMountKind.File) return stringOf(mount.contents.data, mount.contents.length);
  return mount.kind === ModuleMountKind.Export ? exportName(index) : "";
}

/** The table, then the texts that it names. */
function writeMounts(source: ModuleSource, place: Ptr<u8>): void {
  const list = source.mounts;
  // SAFETY: a multiple of 8 in the caller's place.
  const table = castPtr<ModuleMount>(place.add(source.mountsOffset));
  let offset = u32(source.mountsOffset) + list.count * sizeOf<ModuleMount>();
  for (let i: u32 = 0; i < list.count; i += 1) {
    const mount = list.mounts[i];
    const entry = table[i];
    const name = nameOf(mount, i);
    entry.kind = mount.kind;
    entry.flags = mount.isReadOnly ? u32(ModuleMountFlag.ReadOnly) : 0;
    entry.pathOffset = offset;
    entry.pathBytes = mount.guest.length;
    entry.nameOffset = offset + mount.guest.length;
    entry.nameBytes = name.length;
    copyBytes(place.add(offset), mount.guest.data, u64(mount.guest.length));
    copyBytes(place.add(entry.nameOffset), name.data, u64(name.length));
    offset = entry.nameOffset + name.length;
  }
}

function writeHostFacts(module: BootModule, closedStdio: u32): void {
  const now = new Timespec();
  if (linuxCall(SYS_clock_gettime, u64(CLOCK_REALTIME), callPointer(now)) === 0n) {
    module.wallClockNs = u64(now.tv_sec) * NS_PER_SECOND + u64(now.tv_nsec);
  }
  const seed = elements(module.randomSeed);
  const got = linuxCall(SYS_getrandom, callPointer(seed), RANDOM_SEED_BYTES, 0n);
  assert(got === i64(RANDOM_SEED_BYTES), "getrandom gives 32 bytes whole");
  const random = callPointer(elements(module.programRandom));
  assert(linuxCall(SYS_getrandom, random, PROGRAM_RANDOM_BYTES, 0n) === i64(PROGRAM_RANDOM_BYTES), "and 16");
  for (let fd: u32 = 0; fd < 3; fd += 1) {
    if (((closedStdio >> fd) & 1) === 0) writeStdio(module.stdio[fd], fd);
    else module.stdio[fd].flags = O_PATH;
  }
  module.uid = u32(linuxCall(SYS_getuid));
  module.gid = u32(linuxCall(SYS_getgid));
  module.umask = ownUmask();
  module.nice = ownNice();
  readLimit(RLIMIT_FSIZE, module.fileSizeLimit);
  readLimit(RLIMIT_STACK, module.stackLimit);
  readLimit(RLIMIT_NOFILE, module.filesLimit);
  const names = new NewUtsname();
  if (linuxCall(SYS_uname, callPointer(names)) === 0n) {
    copyBytes(elements(module.hostName), elements(names.nodename), u64(HOST_NAME_BYTES - 1));
  }
}

function readLimit(resource: u32, limit: ModuleLimit): void {
  void linuxCall(SYS_getrlimit, u64(resource), callPointer(limit));
}

/** The call answers 20 less the value, which is never negative. */
function ownNice(): i32 {
  const answer = linuxCall(SYS_getpriority, u64(PRIO_PROCESS), 0n);
  return answer < 0n ? 0 : 20 - i32(answer);
}

/** There is no call that only asks. */
function ownUmask(): u32 {
  const mask = linuxCall(SYS_umask, 0n);
  void linuxCall(SYS_umask, u64(mask));
  return u32(mask);
}

/** What the guest's fstat, isatty and fcntl answer. */
function writeStdio(info: StdioInfo, fd: u32): void {
  const stat = new Stat();
  if (linuxCall(SYS_fstat, u64(fd), callPointer(stat)) < 0n) return;
  // The guest's end is a stream of bytes without an address: as a pipe it is used right, as a socket it would be asked for its name.
  const isSocket = (stat.st_mode & S_IFMT) === S_IFSOCK;
  info.mode = isSocket ? (stat.st_mode & ~S_IFMT) | S_IFIFO : stat.st_mode;
  info.flags = u32.wrap(linuxCall(SYS_fcntl, u64(fd), u64(F_GETFL))) & (O_ACCMODE | O_APPEND | O_PATH);
  info.device = u32.wrap(stat.st_rdev);
  if ((stat.st_mode & S_IFMT) !== S_IFCHR) return;
  const settings = new Termios();
  if (linuxCall(SYS_ioctl, u64(fd), u64(TCGETS), callPointer(settings)) < 0n) return;
  info.isTerminal = 1;
}

function bytesOfStrings(vector: Ptr<u64>, count: u32): u64 {
  let bytes: u64 = 0n;
  for (let i: u32 = 0; i < count; i += 1) bytes += u64(stringAt(vector, i).length) + 1n;
  return bytes;
}

/** Copies strings with their NULs; where the next one goes. */
function copyStrings(place: Ptr<u8>, vector: Ptr<u64>, count: u32): Ptr<u8> {
  let next = place;
  for (let i: u32 = 0; i < count; i += 1) {
    const text = stringAt(vector, i);
    copyBytes(next, text.data, u64(text.length));
    next[text.length] = 0;
    next = next.add(text.length + 1);
  }
  return next;
}

function roundUp(bytes: u64): u64 {
  return (bytes + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
}
