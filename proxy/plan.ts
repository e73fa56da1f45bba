/**
 * `proxy --plan PROGRAM [ARGS...]`, `proxy --needs PROGRAM OBJECTS...` and `proxy --kernel`, for `hermit pack`: what the program needs, as it is
 * found out for a run, the libraries that it needs together with objects that it loads, and the kernel's ELF file, all on stdout.
 *
 *     {"plan":"program","path":"/usr/bin/env"}     the ELF file, without symbolic links
 *     {"plan":"argument","text":"env"}             each argument, in order
 *     {"plan":"mount","host":"/data","guest":"/d"} a folder or file
 *     {"plan":"library","path":"/lib/libc.so.6"}   a file that must be found under this name
 *     {"plan":"link","path":"/lib","target":"usr/lib"}
 */

import { ModuleMountKind } from "../abi/boot-info.ts";
import { SYS_write } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import type { ModuleSource } from "./boot-module.ts";
import { jsonFlush, jsonPut, jsonPutText } from "./json.ts";
import { kernelFile } from "./kernel-file.ts";
import type { MountList } from "./mounts.ts";
import type { Libraries } from "./needs/libraries.ts";
import { pathView } from "./path-text.ts";
import { stringAt } from "./strings.ts";

const STDOUT = 1n;

/** The exit status. */
export function planSay(source: ModuleSource, mounts: MountList, libraries: Libraries): i32 {
  say("program", "path", stringOf(source.path.data, source.path.length));
  for (let i: u32 = 0; i < source.argc; i += 1) say("argument", "text", stringAt(source.argv, i));
  sayLibraries(libraries);
  for (let i: u32 = 0; i < mounts.count; i += 1) {
    const mount = mounts.mounts[i];
    const isShown = mount.kind === ModuleMountKind.Export || mount.kind === ModuleMountKind.File;
    if (isShown) sayPair("mount", "host", mount.host, "guest", mount.guest);
    if (mount.kind === ModuleMountKind.Link) sayPair("link", "path", mount.guest, "target", mount.host);
  }
  jsonFlush();
  return 0;
}

/** The exit status. */
export function planSayLibraries(libraries: Libraries): i32 {
  sayLibraries(libraries);
  jsonFlush();
  return 0;
}

function sayLibraries(libraries: Libraries): void {
  for (let i: u32 = 0; i < libraries.count; i += 1) say("library", "path", pathView(libraries.found[i].path));
}

function say(plan: string, field: string, value: string): void {
  begin(plan);
  put(field, value);
  jsonPut("}\n");
}

function sayPair(plan: string, field: string, value: string, other: string, otherValue: string): void {
  begin(plan);
  put(field, value);
  put(other, otherValue);
  jsonPut("}\n");
}

function begin(plan: string): void {
  jsonPut('{"plan":');
  jsonPutText(plan);
}

function put(field: string, value: string): void {
  jsonPut(",");
  jsonPutText(field);
  jsonPut(":");
  jsonPutText(value);
}

/** The exit status. */
export function kernelSay(): i32 {
  const file = kernelFile();
  let done: u64 = 0n;
  while (done < file.length) {
    const written = linuxCall(SYS_write, STDOUT, callPointer(file.data.add(done)), file.length - done);
    if (written < 0n) return 1;
    done += u64(written);
  }
  return 0;
}
