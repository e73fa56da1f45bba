/** Paths: the one buffer with a bound in which the proxy puts them together, and their parts. */

import { PATH_MAX } from "../abi/linux-files.ts";

export const PATH_BYTES = 4096;

/** Always with a NUL behind it. What does not fit makes the path too long, whatever is added afterwards. */
export class PathText {
  bytes!: Bytes<4096>;
  length!: u32;
  isTooLong!: bool;
}

export function pathClear(path: PathText): void {
  path.length = 0;
  path.isTooLong = false;
  path.bytes[0] = 0;
}

export function pathAdd(path: PathText, text: string): void {
  if (path.isTooLong || text.length >= u32(PATH_BYTES) - path.length) {
    path.isTooLong = true;
    return;
  }
  copyBytes(elements(path.bytes).add(path.length), text.data, u64(text.length));
  path.length += text.length;
  path.bytes[path.length] = 0;
}

export function pathView(path: PathText): string {
  return stringOf(elements(path.bytes), u64(path.length));
}

/** Where the folder's part of a path ends, without its slash. */
export function folderEnd(path: string): u32 {
  let end: u32 = 0;
  for (let i: u32 = 0; i < path.length; i += 1) {
    if (path.byteAt(i) === 47) end = i;
  }
  return end;
}

export function lastName(path: string): string {
  const end = folderEnd(path);
  return path.length > 0 && path.byteAt(end) === 47 ? path.slice(end + 1, path.length) : path;
}

staticAssert(PATH_BYTES === PATH_MAX, "the longest path that the host takes fits");
