/**
 * Fewer exports for QEMU, where each is a device and there is room for few: folders that a program's libraries and runtime are read from,
 * which nobody asked for by name, become one export of the folder above them that is two names deep (/usr/lib, /usr/share).
 *
 * What a program can see becomes more, but it stays readable only, and what the user asked for is never touched.
 */

import { ModuleMountKind } from "../../abi/boot-info.ts";
import { SYS_close } from "../../abi/linux-syscalls.ts";
import { linuxCall } from "../../compiler/std/linux-syscall.ts";
import { isBelow, type Mount, MountError, type MountList, mountsAddExport, mountsFind } from "../mounts.ts";

const SLASH = 47;

/** Gathers until there are at most `most` exports, or nothing is left to gather. */
export function exportsGather(list: MountList, most: u32): MountError {
  while (exportsCount(list) > most) {
    const folder = bestFolder(list);
    if (folder.length === 0) break;
    removeBelow(list, folder);
    const added = mountsAddExport(list, folder, folder, true, "folders below it, of which there are many");
    if (added !== MountError.None) return added;
  }
  while (exportsCount(list) > most && dropOptional(list)) {}
  return MountError.None;
}

/** Takes the last export that the program may do without off the list; false: there is none. */
function dropOptional(list: MountList): bool {
  let last = list.count;
  while (last > 0 && !list.mounts[last - 1].isOptional) last -= 1;
  if (last === 0) return false;
  void linuxCall(SYS_close, u64.wrap(list.mounts[last - 1].fd));
  for (let i = last; i < list.count; i += 1) copy(list.mounts[i - 1], list.mounts[i]);
  list.count -= 1;
  return true;
}

export function exportsCount(list: MountList): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < list.count; i += 1) {
    if (list.mounts[i].kind === ModuleMountKind.Export) count += 1;
  }
  return count;
}

/** The folder that stands for the most exports, at least two; "": there is none. */
function bestFolder(list: MountList): string {
  let best = "";
  let most: u32 = 1;
  for (let i: u32 = 0; i < list.count; i += 1) {
    if (!list.mounts[i].mayBeWider) continue;
    const folder = folderAbove(list.mounts[i].guest);
    if (folder.length === 0 || !mayBeShown(list, folder)) continue;
    let count: u32 = 0;
    for (let j: u32 = 0; j < list.count; j += 1) {
      if (list.mounts[j].mayBeWider && isBelow(list.mounts[j].guest, folder)) count += 1;
    }
    if (count > most) {
      most = count;
      best = folder;
    }
  }
  return best;
}

/** The first two names of a longer path. A view of the path, with the mount's life. */
function folderAbove(path: string): string {
  let names: u32 = 0;
  for (let i: u32 = 1; i < path.length; i += 1) {
    if (path.byteAt(i) === SLASH) names += 1;
    if (names === 2) return path.slice(0, i);
  }
  return "";
}

/** What the user asked for keeps its place: below a folder of the host only what the host has there as well can be mounted. */
function mayBeShown(list: MountList, folder: string): bool {
  if (mountsFind(list, folder) !== null) return false;
  for (let i: u32 = 0; i < list.count; i += 1) {
    if (isElsewhere(list.mounts[i]) && isBelow(list.mounts[i].guest, folder)) return false;
  }
  return true;
}

function isElsewhere(mount: Mount): bool {
  return mount.kind === ModuleMountKind.Export && mount.guest !== mount.host;
}

function removeBelow(list: MountList, folder: string): void {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < list.count; i += 1) {
    const mount = list.mounts[i];
    if (mount.mayBeWider && isBelow(mount.guest, folder)) {
      void linuxCall(SYS_close, u64.wrap(mount.fd));
      continue;
    }
    if (kept !== i) copy(list.mounts[kept], mount);
    kept += 1;
  }
  list.count = kept;
}
