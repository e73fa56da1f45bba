/** Names of paths. */

import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { isLibraryName, NameKind, type PathName, pathIsAbsolute, pathName } from "../core/path.ts";

function names(): void {
  const name: PathName = zeroed();
  pathName("//usr/./lib/../x//", 0, name);
  expect(name.kind === NameKind.Plain && name.name === "usr" && !name.isLast && name.hasSlash, "usr");
  pathName("//usr/./lib/../x//", name.next, name);
  expect(name.kind === NameKind.Here && !name.isLast, ".");
  pathName("//usr/./lib/../x//", name.next, name);
  expect(name.kind === NameKind.Plain && name.name === "lib", "lib");
  pathName("//usr/./lib/../x//", name.next, name);
  expect(name.kind === NameKind.Up, "..");
  pathName("//usr/./lib/../x//", name.next, name);
  expect(name.name === "x" && name.isLast && name.hasSlash, "x with slashes behind it is the last");
  pathName("//usr/./lib/../x//", name.next, name);
  expect(name.kind === NameKind.None, "and then there is none");
}

function unusualNames(): void {
  const name: PathName = zeroed();
  const long: Bytes<300> = zeroed();
  pathName("", 0, name);
  expect(name.kind === NameKind.None, "an empty path has no name");
  pathName("...", 0, name);
  expect(name.kind === NameKind.Plain && name.isLast && !name.hasSlash, "three dots are a name");
  pathName(".x", 0, name);
  expect(name.kind === NameKind.Plain, "a hidden file");
  fillBytes(elements(long), 97, 300n);
  pathName(stringOf(elements(long), 255), 0, name);
  expect(name.kind === NameKind.Plain, "255 bytes are a name");
  pathName(stringOf(elements(long), 256), 0, name);
  expect(name.kind === NameKind.TooLong, "256 are not");
  expectEqual(pathIsAbsolute("/") ? 1n : 0n, 1n);
  expectEqual(pathIsAbsolute("a/b") ? 1n : 0n, 0n);
  expectEqual(pathIsAbsolute("") ? 1n : 0n, 0n);
}

function libraries(): void {
  expect(isLibraryName("libc.so.6") && isLibraryName("ld-linux-x86-64.so.2"), "with a version");
  expect(isLibraryName("_ssl.cpython-311-x86_64-linux-gnu.so") && isLibraryName("l.so"), "without one");
  expect(!isLibraryName("x.sock") && !isLibraryName("libc.a") && !isLibraryName("resolv.so-"), "others are none");
  expect(!isLibraryName(".so") && !isLibraryName("so") && !isLibraryName(""), "too short");
}

export function pathTests(): void {
  test("path: names, dots and slashes", names);
  test("path: unusual names", unusualNames);
  test("path: names of libraries", libraries);
}
