/**
 * The program that this machine was started for: where its file, arguments and facts lie in the boot module.
 *
 * The module comes from the proxy and is checked once, here; everything else takes the slices for granted. It stays where the
 * loader put it for as long as the machine runs, because the program's pages are mapped in place.
 */

import { BOOT_ABI_VERSION, BOOT_MODULE_MAGIC, type BootModule, ModuleFlag, type StdioInfo } from "../abi/boot-info.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { directMap } from "../kernel/mm/page-table.ts";
import { bootInfo } from "../nucleus/boot-info.ts";
import { areStrings } from "./core/stack-image.ts";

const NO_NAME = "program";

/**
 * A place-holder until programInit.
 * The module's own header, in the direct map.
 */
let header: BootModule | null = null;
let modulePhys: PhysAddr = 0n;

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
  header = module;
  modulePhys = bootInfo.module;
  if (module.argc > module.stringsBytes || !areStrings(programStrings(), module.argc + module.envc)) {
    return "the boot module is damaged: its arguments are not terminated";
  }
  return "";
}

export function programModule(): BootModule {
  return header!;
}

/** The program's ELF file. */
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
  const module = programModule();
  return sliceOf(directMap(modulePhys).add(module.stringsOffset), u64(module.stringsBytes));
}

/** argv[0]; "program" if there is none. */
export function programPath(): string {
  if (header === null || programModule().argc === 0) {
    return NO_NAME;
  }
  const strings = programStrings();
  let length: u64 = 0n;
  while (at(strings, length) !== 0) {
    length++;
  }
  return stringOf(strings.data, length);
}

/** Where the program lies on the host: absolute, or "" if the proxy could not tell. */
export function programHostPath(): string {
  const module = programModule();
  const place = directMap(modulePhys).add(module.stringsOffset).add(module.stringsBytes);
  return stringOf(place, u64(module.pathBytes));
}

/** argv[0] without its folders: what messages call the program. */
export function programName(): string {
  const path = programPath();
  let start: u32 = 0;
  for (let i: u32 = 0; i < path.length; i++) {
    if (path.byteAt(i) === 47) {
      start = i + 1;
    }
  }
  const name = path.slice(start, path.length);
  return name.length === 0 ? NO_NAME : name;
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

export function programIsTraced(): bool {
  return header !== null && (programModule().flags & u32(ModuleFlag.Strace)) !== 0;
}

function isInside(module: BootModule, offset: u64, bytes: u64): bool {
  const total = module.totalBytes < bootInfo.moduleBytes ? module.totalBytes : bootInfo.moduleBytes;
  return offset <= total && bytes <= total - offset;
}
