/** Cutting a path into its names. Pure; tested on the host. */

import { NAME_MAX } from "../../../abi/linux-files.ts";

const SLASH = 47;
const DOT = 46;

export enum NameKind {
  /** There is no further name. */
  None = 0,
  Plain = 1,
  /** "." */
  Here = 2,
  /** ".." */
  Up = 3,
  /** Longer than NAME_MAX. */
  TooLong = 4,
}

/** A name of a path, and where the path goes on. */
export class PathName {
  kind!: NameKind;
  name!: string;
  /** Index of the first byte behind the name and the slashes that follow it. */
  next!: u32;
  isLast!: bool;
  /** A slash follows: the name must be a directory. */
  hasSlash!: bool;
}

/** The name at or behind `from`. */
export function pathName(path: string, from: u32, out: PathName): void {
  let start = from;
  while (start < path.length && path.byteAt(start) === SLASH) {
    start++;
  }
  let end = start;
  while (end < path.length && path.byteAt(end) !== SLASH) {
    end++;
  }
  let next = end;
  while (next < path.length && path.byteAt(next) === SLASH) {
    next++;
  }
  out.name = path.slice(start, end);
  out.next = next;
  out.isLast = next >= path.length;
  out.hasSlash = next > end;
  out.kind = kindOf(out.name);
}

function kindOf(name: string): NameKind {
  if (name.length === 0) {
    return NameKind.None;
  }
  if (name.byteAt(0) === DOT && name.length === 1) {
    return NameKind.Here;
  }
  if (name.byteAt(0) === DOT && name.length === 2 && name.byteAt(1) === DOT) {
    return NameKind.Up;
  }
  return name.length > NAME_MAX ? NameKind.TooLong : NameKind.Plain;
}

export function pathIsAbsolute(path: string): bool {
  return path.length > 0 && path.byteAt(0) === SLASH;
}

/** NAME.so, NAME.so.1 and so on: who opens that is about to map it, and touches most of its beginning. */
export function isLibraryName(name: string): bool {
  for (let i: u32 = 1; i + 3 <= name.length; i++) {
    const isSuffix = name.byteAt(i) === 0x2e && name.byteAt(i + 1) === 0x73 && name.byteAt(i + 2) === 0x6f;
    if (isSuffix && (i + 3 === name.length || name.byteAt(i + 3) === 0x2e)) {
      return true;
    }
  }
  return false;
}
