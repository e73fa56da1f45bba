/**
 * The program that this machine was started for: where its file, arguments and facts lie in the boot module; and the one that runs now,
 * which is another one after execve(2).
 *
 * The module comes from the proxy and is checked once, here; everything else takes the slices for granted. It stays where the
 * loader put it for as long as the machine runs, because the program's pages are mapped in place.
 */

import {
  BOOT_ABI_VERSION,
  BOOT_MODULE_MAGIC,
  type BootModule,
  MAX_MODULE_FILES,
  MAX_MOUNTS,
  type ModuleFile,
  ModuleFlag,
  type ModuleMount,
  type StdioInfo,
} from "../abi/boot-info.ts";
import { S_IFMT, S_IFREG } from "../abi/linux-files.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { crc32c } from "../kernel/core/crc32c.ts";
import { directMap } from "../kernel/mm/page-table.ts";
import { bootInfo } from "../nucleus/boot-info.ts";
import { areStrings } from "./core/stack-image.ts";
import { heapText } from "./fs/heap-text.ts";
import type { Place } from "./fs/places.ts";

const NO_NAME = "program";

/**
 * A place-holder until programInit.
 * The module's own header, in the direct map.
 */
let header: BootModule | null = null;
let modulePhys: PhysAddr = 0n;

/** What execve has made of the program. On the heap. */
export class RunningProgram {
  /** argv then envp, each string with its NUL. */
  strings!: Slice<u8>;
  argc!: u32;
  envc!: u32;
  /** Where the strings lie. */
  memory!: Ptr<u8> | null;
  /** Where the file was found (heap-text.ts). */
  pathText!: VirtAddr;
  /** Where it lies now: /proc/self/exe. */
  place!: Place;
  /** What messages call it. */
  nameText!: VirtAddr;
  /** The file's inode, with a reference. */
  inode!: VirtAddr;
  /** Nobody may write to it (fs/busy.ts). */
  executes!: bool;
}

/** Null: the module's. */
let running: Ptr<RunningProgram> | null = null;

/** Another program runs from now on; the one before it, or null if that was the module's. */
export function programReplace(program: Ptr<RunningProgram>): Ptr<RunningProgram> | null {
  const before = running;
  running = program;
  return before;
}

/** The address of the running program's inode; 0n: it is the module's. */
export function programFileInode(): VirtAddr {
  return running === null ? 0n : running.inode;
}

/** Where the running program's file lies; null: it is the module's. */
export function programPlace(): Ptr<Place> | null {
  return running === null ? null : addressOf(running.place);
}

export function programArgumentCount(): u32 {
  return running === null ? programModule().argc : running.argc;
}

export function programEnvironmentCount(): u32 {
  return running === null ? programModule().envc : running.envc;
}

/** Takes the module from the boot information; a clause that says what is wrong with it, or "". */
export function programInit(): string {
  if (bootInfo.module === 0n || bootInfo.moduleBytes < u64(sizeOf<BootModule>())) {
    return "there is no program to run: start this kernel through `hermit run` or `proxy`";
  }
  // SAFETY: the starter says that a module of moduleBytes lies there; all RAM is in the direct map.
  const module = castPtr<BootModule>(directMap(bootInfo.module));
  if (module.magic !== BOOT_MODULE_MAGIC) {
    return "what was loaded beside the kernel is not a boot module";
  }
  if (module.version !== BOOT_ABI_VERSION) {
    return "the boot module was made by another version of the proxy";
  }
  if (!isInside(module, module.programOffset, module.programBytes) || module.programOffset % PAGE_SIZE !== 0n) {
    return "the boot module is damaged: the program lies outside of it";
  }
  if (!isInside(module, u64(module.stringsOffset), u64(module.stringsBytes))) {
    return "the boot module is damaged: the arguments lie outside of it";
  }
  if (!isInside(module, u64(module.stringsOffset) + u64(module.stringsBytes), u64(module.pathBytes))) {
    return "the boot module is damaged: the program's path lies outside of it";
  }
  const pathEnd = u64(module.stringsOffset) + u64(module.stringsBytes) + u64(module.pathBytes);
  if (!isInside(module, pathEnd, u64(module.workingBytes)) || !areMountsInside(module)) {
    return "the boot module is damaged: its mounts lie outside of it";
  }
  header = module;
  modulePhys = bootInfo.module;
  if (module.argc > module.stringsBytes || !areStrings(moduleStrings(), module.argc + module.envc)) {
    return "the boot module is damaged: its arguments are not terminated";
  }
  return module.fileCount === 0 ? "" : filesProblem(module);
}

/** The files of a packed image come from a file that somebody has kept: a clause that says what is wrong with them, or "". */
function filesProblem(module: BootModule): string {
  const table = u64(module.fileCount) * u64(sizeOf<ModuleFile>());
  const isPlaced = isInside(module, module.filesOffset, module.filesBytes) && module.filesOffset % PAGE_SIZE === 0n;
  if (!isPlaced || module.fileCount > MAX_MODULE_FILES || table > module.filesBytes) {
    return "the packed image is damaged: its files lie outside of it";
  }
  if (crc32c(programPackedBytes(0n, module.filesBytes)) !== module.filesChecksum) {
    return "the packed image is damaged: its checksum is wrong; pack it again or copy it again";
  }
  for (let i: u32 = 0; i < module.fileCount; i++) {
    if (!isFileSound(module, i)) {
      return "the packed image is damaged: its list of files makes no sense";
    }
  }
  return "";
}

/** Everything that the tree takes for granted: places inside the area, and children behind their directory, so that it is a tree. */
function isFileSound(module: BootModule, index: u32): bool {
  const file = programPackedFile(index);
  const bytes = module.filesBytes;
  const isNamed = u64(file.nameOffset) <= bytes && u64(file.nameBytes) <= bytes - u64(file.nameOffset);
  const hasData = file.dataOffset <= bytes && file.dataBytes <= bytes - file.dataOffset;
  const isAligned = (file.mode & S_IFMT) !== S_IFREG || file.dataOffset % PAGE_SIZE === 0n;
  const count = module.fileCount;
  const hasChildren =
    file.childCount === 0 ||
    (file.firstChild > index && file.firstChild <= count && file.childCount <= count - file.firstChild);
  return isNamed && hasData && isAligned && hasChildren;
}

/** Files of a packed image; 0: it is none. */
export function programPackedCount(): u32 {
  return header === null ? 0 : programModule().fileCount;
}

export function programPackedFile(index: u32): Ptr<ModuleFile> {
  // SAFETY: filesProblem has checked the table, and that the index is inside is the caller's.
  return castPtr<ModuleFile>(directMap(programFilesPhys())).add(index);
}

/** Bytes of the area of files, which have been checked to be inside. */
export function programPackedBytes(offset: u64, bytes: u64): Slice<u8> {
  return sliceOf(directMap(programFilesPhys()).add(offset), bytes);
}

/** Physical address of the area of files, a multiple of 4 KiB. */
export function programFilesPhys(): PhysAddr {
  return modulePhys + programModule().filesOffset;
}

export function programModule(): BootModule {
  return header!;
}

/** The ELF file of the program that the machine was started for. */
export function programFile(): Slice<u8> {
  const module = programModule();
  return sliceOf(directMap(modulePhys).add(module.programOffset), module.programBytes);
}

/** Physical address of the file's first byte, a multiple of 4 KiB. */
export function programFilePhys(): PhysAddr {
  return modulePhys + programModule().programOffset;
}

/** argv then envp, each string with its NUL. */
export function programStrings(): Slice<u8> {
  return running === null ? moduleStrings() : running.strings;
}

function moduleStrings(): Slice<u8> {
  const module = programModule();
  return sliceOf(directMap(modulePhys).add(module.stringsOffset), u64(module.stringsBytes));
}

/** argv[0]; "program" if there is none. */
export function programPath(): string {
  if (header === null || programArgumentCount() === 0) {
    return NO_NAME;
  }
  const strings = programStrings();
  let length: u64 = 0n;
  while (at(strings, length) !== 0) {
    length++;
  }
  return stringOf(strings.data, length);
}

/** Where the program's file lies: absolute, or "" if the proxy could not tell. */
export function programFilePath(): string {
  if (running !== null) {
    return heapText(running.pathText);
  }
  const module = programModule();
  const place = directMap(modulePhys).add(module.stringsOffset).add(module.stringsBytes);
  return stringOf(place, u64(module.pathBytes));
}

/** AT_EXECFN: the path that execve was called with; of the first program, as it was typed, or where it was found in PATH. */
export function programExecutedAs(): string {
  const found = programFilePath();
  const typed = programPath();
  const isPath = lastName(typed).length !== typed.length;
  return running !== null || (found.length > 0 && !isPath) ? found : typed;
}

/** The working directory that the program starts in: absolute, or "". */
export function programWorkingDirectory(): string {
  const module = programModule();
  const place = directMap(modulePhys).add(module.stringsOffset).add(module.stringsBytes).add(module.pathBytes);
  return stringOf(place, u64(module.workingBytes));
}

/** A mount that the proxy asks for; null behind the last. */
export function programMount(index: u32): Ptr<ModuleMount> | null {
  const module = programModule();
  if (index >= module.mountCount) {
    return null;
  }
  // SAFETY: programInit has seen that the table lies inside of the module, aligned.
  return castPtr<ModuleMount>(directMap(modulePhys).add(module.mountsOffset)).add(index);
}

export function programMountPath(mount: ModuleMount): string {
  return stringOf(directMap(modulePhys).add(mount.pathOffset), u64(mount.pathBytes));
}

export function programMountName(mount: ModuleMount): string {
  return stringOf(directMap(modulePhys).add(mount.nameOffset), u64(mount.nameBytes));
}

/** argv[0], or the path that execve was called with, without its folders: what messages call the program. */
export function programName(): string {
  if (running !== null) {
    return heapText(running.nameText);
  }
  const path = programPath();
  const name = lastName(path);
  return name.length === 0 ? NO_NAME : name;
}

/** What stands behind the last slash. */
export function lastName(path: string): string {
  let start: u32 = 0;
  for (let i: u32 = 0; i < path.length; i++) {
    if (path.byteAt(i) === 47) {
      start = i + 1;
    }
  }
  return path.slice(start, path.length);
}

export function programStdio(stream: u32): StdioInfo {
  return programModule().stdio[stream];
}

export function programIsVerbose(): bool {
  return header !== null && (programModule().flags & u32(ModuleFlag.Verbose)) !== 0;
}

export function programIsTimed(): bool {
  return header !== null && (programModule().flags & u32(ModuleFlag.Time)) !== 0;
}

export function programWantsCore(): bool {
  return header !== null && (programModule().flags & u32(ModuleFlag.Core)) !== 0;
}

export function programIsTraced(): bool {
  return header !== null && (programModule().flags & u32(ModuleFlag.Strace)) !== 0;
}

function areMountsInside(module: BootModule): bool {
  const offset = u64(module.mountsOffset);
  const bytes = u64(module.mountCount) * u64(sizeOf<ModuleMount>());
  if (module.mountCount > MAX_MOUNTS || offset % 8n !== 0n || !isInside(module, offset, bytes)) {
    return false;
  }
  // SAFETY: as far as it was checked above.
  const mounts = castPtr<ModuleMount>(directMap(bootInfo.module).add(offset));
  for (let i: u32 = 0; i < module.mountCount; i++) {
    const mount = mounts[i];
    const isText =
      isInside(module, u64(mount.pathOffset), u64(mount.pathBytes)) &&
      isInside(module, u64(mount.nameOffset), u64(mount.nameBytes));
    if (!isText) {
      return false;
    }
  }
  return true;
}

function isInside(module: BootModule, offset: u64, bytes: u64): bool {
  const total = module.totalBytes < bootInfo.moduleBytes ? module.totalBytes : bootInfo.moduleBytes;
  return offset <= total && bytes <= total - offset;
}
