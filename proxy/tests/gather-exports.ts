/** Folders that become one export of the folder above them, and those that never do. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { MountError, type MountList, mountsAddExport, mountsFind } from "../mounts.ts";
import { exportsCount, exportsGather } from "../qemu/gather-exports.ts";

const list: MountList = zeroed();

export function gatherExportsTests(): void {
  test("exports: folders that nobody asked for become one", gathered);
  test("exports: what was asked for stays, and so does what lies around it", askedFor);
}

function show(path: string, mayBeWider: bool): void {
  expect(mountsAddExport(list, path, path, true, "test") === MountError.None, path);
  list.mounts[list.count - 1].mayBeWider = mayBeWider;
}

function fill(): void {
  zero(list);
  show("/usr/lib/locale", true);
  show("/tmp", false);
  show("/usr/share/doc", true);
  show("/usr/lib/x86_64-linux-gnu", true);
  show("/usr/share/perl5", true);
  show("/usr/lib/gcc", true);
}

function gathered(): void {
  fill();
  expect(exportsGather(list, 6) === MountError.None && exportsCount(list) === 6, "there is room");
  expect(exportsGather(list, 4) === MountError.None, "most gain first");
  expectEqual(i64(exportsCount(list)), 4n);
  expect(mountsFind(list, "/usr/lib") !== null && mountsFind(list, "/usr/lib/gcc") === null, "three in one");
  expect(mountsFind(list, "/usr/share/doc") !== null && mountsFind(list, "/tmp") !== null, "the others stay");
  expect(exportsGather(list, 1) === MountError.None && exportsCount(list) === 3, "what can be gathered");
  expect(mountsFind(list, "/usr/share") !== null && mountsFind(list, "/tmp") !== null, "and no more");
}

function askedFor(): void {
  fill();
  expect(mountsAddExport(list, "/tmp", "/usr/lib/own", true, "test") === MountError.None, "a folder of another place");
  expect(exportsGather(list, 1) === MountError.None, "as far as it goes");
  expect(mountsFind(list, "/usr/lib") === null && mountsFind(list, "/usr/lib/gcc") !== null, "its surroundings stay");
  expect(mountsFind(list, "/usr/share") !== null, "others are gathered");
}
