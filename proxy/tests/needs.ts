/** Scripts, what ELF files ask for, ldconfig's cache, and the list of mounts. */

import { EEXIST } from "../../abi/errno.ts";
import { SYS_getpid, SYS_mkdir, SYS_rmdir } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  MountError,
  type MountList,
  mountsAddLink,
  mountsAddOption,
  mountsAddPlace,
  mountsCover,
  mountsFind,
} from "../mounts.ts";
import { type ElfNeeds, elfNeedsRead } from "../needs/elf-needs.ts";
import { hostMap } from "../needs/host-file.ts";
import { cacheFind } from "../needs/library-cache.ts";
import { namedFoldersShow, ownFoldersShow } from "../needs/named-folders.ts";
import { ScriptError, type ScriptLine, scriptEnvName, scriptRead } from "../needs/script.ts";
import { showLinks } from "../needs/show-path.ts";
import { folderEnd, lastName, type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { exportsCount, exportsGather } from "../qemu/gather-exports.ts";

const line: ScriptLine = zeroed();
const needs: ElfNeeds = zeroed();
const list: MountList = zeroed();
const path: PathText = zeroed();

export function needsTests(): void {
  test("scripts: the first line as Linux reads it", scripts);
  test("scripts: env is looked through only where it just starts a program", environments);
  test("ELF: this program, and every cut of it, asks for nothing that is not there", elfFiles);
  test("cache: a name leads to its path, damage to nothing", caches);
  test("mounts: what is not a mount is refused by its reason", badMounts);
  test("mounts: a path below an export is covered", coveredPaths);
  test("mounts: links are followed name by name", links);
  test("paths: folder and name", names);
  test("folders: those with the program's own name", ownFolders);
  test("folders: those that a program of the system names", namedFolders);
  test("folders: what there is no room for gives way, but not what was asked for", optionalFolders);
}

function scripts(): void {
  expect(scriptRead(bytesOf("#! /bin/sh  -e x \nrest"), line) === ScriptError.None, "blanks are trimmed");
  expect(line.interpreter === "/bin/sh" && line.argument === "-e x", "one argument, whole");
  expect(scriptRead(bytesOf("#!/bin/sh"), line) === ScriptError.None && line.argument === "", "without a line end");
  expect(scriptRead(bytesOf("#!\n"), line) === ScriptError.NoInterpreter, "no interpreter");
  expect(scriptRead(bytesOf("#!/bin/sh\r\n"), line) === ScriptError.CarriageReturn, "a carriage return");
  expect(scriptRead(bytesOf("#"), line) === ScriptError.NoScript, "too short");
  expect(scriptRead(bytesOf(" #!/bin/sh\n"), line) === ScriptError.NoScript, "not at the start");
  const long: Bytes<300> = zeroed();
  fillBytes(elements(long), 97, 300n);
  long[0] = 35;
  long[1] = 33;
  expect(scriptRead(sliceOf(elements(long), 300n), line) === ScriptError.TooLong, "longer than Linux reads");
}

function environments(): void {
  void scriptRead(bytesOf("#!/usr/bin/env python3\n"), line);
  expect(scriptEnvName(line) === "python3", "the usual form");
  void scriptRead(bytesOf("#!/usr/bin/env -S python3 -u\n"), line);
  expect(scriptEnvName(line) === "", "with options env itself is run");
  void scriptRead(bytesOf("#!/usr/bin/env A=b python3\n"), line);
  expect(scriptEnvName(line) === "", "with variables, too");
  void scriptRead(bytesOf("#!/bin/myenv python3\n"), line);
  expect(scriptEnvName(line) === "", "another program");
}

function elfFiles(): void {
  pathClear(path);
  pathAdd(path, "/proc/self/exe");
  const file = hostMap(path);
  expect(file.length > 0n, "this program can be read");
  elfNeedsRead(file, needs);
  expect(needs.interpreter.length > 0 && needs.neededCount > 0, "under the sanitizers it is linked dynamically");
  const interpreter = needs.interpreter;
  expect(interpreter.byteAt(0) === 47, "an absolute path");
  for (let i: u32 = 0; i < needs.neededCount; i += 1) expect(needs.needed[i].length > 0, "every library has a name");
  for (let cut: u64 = 0n; cut < 8192n; cut += 7n) elfNeedsRead(file.subslice(0n, cut), needs);
  expect(needs.neededCount <= 128, "cut files stay inside");
}

const cache: Bytes<128> = zeroed();

function put32(offset: u32, value: u32): void {
  for (let i: u32 = 0; i < 4; i += 1) cache[offset + i] = u8.wrap(value >> (8 * i));
}

function caches(): void {
  copyBytes(elements(cache), "glibc-ld.so.cache1.1".data, 20n);
  put32(20, 1);
  put32(48, 0x303);
  put32(52, 72);
  put32(56, 80);
  copyBytes(elements(cache).add(72), "liba.so\0/lib/liba.so\0".data, 21n);
  const whole = sliceOf(elements(cache), 100n);
  expect(cacheFind(whole, "liba.so") === "/lib/liba.so", "the path");
  expect(cacheFind(whole, "libb.so") === "", "another name");
  expect(cacheFind(whole.subslice(0n, 85n), "liba.so") === "", "a path without an end");
  expect(cacheFind(whole.subslice(0n, 60n), "liba.so") === "", "a table without an end");
  put32(20, 0xffff_ffff);
  expect(cacheFind(whole, "liba.so") === "", "more entries than there is room for");
}

function badMounts(): void {
  zero(list);
  expect(mountsAddOption(list, "nothing") === MountError.Malformed, "no colon");
  expect(mountsAddOption(list, "/:x") === MountError.GuestPathRelative, "relative");
  expect(mountsAddOption(list, "/:/a/../b") === MountError.GuestPathDots, "dots");
  expect(mountsAddOption(list, "/:/") === MountError.GuestPathReserved, "the root");
  expect(mountsAddOption(list, "/:/proc/x:rw") === MountError.GuestPathReserved, "in /proc");
  expect(mountsAddOption(list, "/:/x:rx") === MountError.Malformed, "a mode that is none");
  expect(mountsAddOption(list, "/:/x:rw:ro") === MountError.Malformed, "two modes");
  expect(mountsAddOption(list, "/no/such:/x") === MountError.Unreachable, "missing");
  expect(mountsAddOption(list, "/dev/null:/x") === MountError.WrongType, "a device");
  expectEqual(i64(list.count), 0n);
  expect(mountsAddOption(list, "/tmp:/x//./y/:rw") === MountError.None, "a good one");
  expect(list.mounts[0].guest === "/x/y" && !list.mounts[0].isReadOnly, "tidied, for writing");
  expect(mountsAddOption(list, "/tmp:/x/y") === MountError.Twice, "twice");
  expect(mountsAddOption(list, "/no:/such:/z") === MountError.Unreachable, "a colon in the host's path is part of it");
  expect(mountsAddOption(list, "/tmp:/processes") === MountError.None, "a name that only begins like /proc");
  expect(list.mounts[1].isReadOnly, "read-only unless it says otherwise");
}

function coveredPaths(): void {
  zero(list);
  expect(mountsAddPlace(list, "/usr", true, "test") === MountError.None, "an export at its own place");
  expect(mountsCover(list, "/usr") !== null && mountsCover(list, "/usr/lib") !== null, "itself and below");
  expect(mountsCover(list, "/usr2") === null && mountsCover(list, "/") === null, "not beside, not above");
  expect(mountsAddLink(list, "/usr", "x", "test") === MountError.None && list.count === 1, "what is there stays");
}

function links(): void {
  zero(list);
  // To /proc/self/fd, and /proc/self to the process's number.
  expect(showLinks(list, "/dev/fd", path, "test") === MountError.None, "through two links");
  const real = pathView(path);
  expect(lastName(real) === "fd" && real !== "/proc/self/fd" && real.slice(0, 6) === "/proc/", "and where they lead");
  expectEqual(i64(list.count), 2n);
}

function names(): void {
  expect(lastName("/a/b") === "b" && lastName("b") === "b" && lastName("/b") === "b", "names");
  expectEqual(i64(folderEnd("/a/b")), 2n);
  expectEqual(i64(folderEnd("/b")), 0n);
}

function ownFolders(): void {
  zero(list);
  const folder: PathText = zeroed();
  scratchFolder(folder);
  const prefix = pathView(folder);
  makeFolder(`${prefix}/bin`);
  makeFolder(`${prefix}/share`);
  makeFolder(`${prefix}/share/tool`);
  makeFolder(`${prefix}/lib`);
  makeFolder(`${prefix}/lib/tool5.4`);
  makeFolder(`${prefix}/share/other`);
  expect(ownFoldersShow(list, `${prefix}/bin/tool5.4`) === MountError.None, "with and without a version");
  expect(mountsCover(list, `${prefix}/lib/tool5.4/x`) !== null, "with it");
  expect(mountsCover(list, `${prefix}/share/tool/x`) !== null, "without it");
  expect(list.count === 2 && list.mounts[0].isReadOnly && list.mounts[1].isReadOnly, "read-only, and nothing else");
  zero(list);
  expect(
    ownFoldersShow(list, `${prefix}/share/tool`) === MountError.None && list.count === 0,
    "not where no programs are",
  );
  removeFolder(`${prefix}/share/other`);
  removeFolder(`${prefix}/lib/tool5.4`);
  removeFolder(`${prefix}/lib`);
  removeFolder(`${prefix}/share/tool`);
  removeFolder(`${prefix}/share`);
  removeFolder(`${prefix}/bin`);
  removeFolder(prefix);
  zero(list);
  expect(ownFoldersShow(list, "/usr/lib/gcc/x86_64-linux-gnu/cc1") === MountError.None, "a program among its files");
  expect(mountsCover(list, "/usr/lib/gcc/x") !== null && list.count === 1, "all of them");
}

function namedFolders(): void {
  zero(list);
  const script = bytesOf(
    "#!/bin/sh\nx=/usr/nothing /usr/share/%s y='/usr/include/stdio.h' /usr/share/man /usr/lib/gcc/12/usr/",
  );
  expect(
    namedFoldersShow(list, "/home/tool", script) === MountError.None && list.count === 0,
    "not one from elsewhere",
  );
  expect(namedFoldersShow(list, "/usr/bin/tool", script) === MountError.None, "a script");
  expect(mountsFind(list, "/usr/include") !== null && mountsFind(list, "/usr/lib/gcc") !== null, "what it names");
  expect(list.count === 2, "no template, nothing for people, nothing that is not there");
  expect(namedFoldersShow(list, "/usr/bin/tool", script) === MountError.None && list.count === 2, "once");
  zero(list);
  // The texts of this test are constants of this program.
  pathClear(path);
  pathAdd(path, "/proc/self/exe");
  expect(namedFoldersShow(list, "/usr/bin/tool", hostMap(path)) === MountError.None, "an ELF file");
  expect(mountsFind(list, "/usr/include") !== null && mountsFind(list, "/usr/lib/gcc") !== null, "in its constants");
}

function optionalFolders(): void {
  zero(list);
  expect(mountsAddOption(list, "/tmp:/usr/lib/gcc") === MountError.None, "asked for");
  expect(mountsAddOption(list, "/tmp:/x") === MountError.None, "asked for, too");
  expect(namedFoldersShow(list, "/usr/bin/tool", bytesOf("#! /usr/lib/gcc /usr/include")) === MountError.None, "named");
  expect(exportsCount(list) === 3 && mountsFind(list, "/usr/include") !== null, "where there is no other");
  expect(exportsGather(list, 2) === MountError.None && exportsCount(list) === 2, "room for two");
  expect(mountsFind(list, "/usr/include") === null && mountsFind(list, "/x") !== null, "which stay");
}

/** A new folder, whose path goes into `folder`. */
function scratchFolder(folder: PathText): void {
  const pid = u64(linuxCall(SYS_getpid));
  pathClear(folder);
  pathAdd(folder, `/tmp/hermit-needs-${pid}`);
  makeFolder(pathView(folder));
}

/** An empty one. */
function removeFolder(folder: string): void {
  pathClear(path);
  pathAdd(path, folder);
  expectEqual(linuxCall(SYS_rmdir, callPointer(elements(path.bytes))), 0n);
}

function makeFolder(folder: string): void {
  pathClear(path);
  pathAdd(path, folder);
  const made = linuxCall(SYS_mkdir, callPointer(elements(path.bytes)), 0o755n);
  expect(made === 0n || made === i64(-EEXIST), folder);
}
