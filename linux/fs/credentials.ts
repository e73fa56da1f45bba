/** Who may do what with an inode: the program's user and group against owner, group and mode. User 0 may everything that root may. */

import { EACCES, EPERM } from "../../abi/errno.ts";
import { R_OK, W_OK, X_OK } from "../../abi/linux-files.ts";
import { programModule } from "../program.ts";
import { type Inode, inodeIsDirectory } from "./inode.ts";

const ANY_EXECUTE = 0o111;
const STICKY = 0o1000;

export function userId(): u32 {
  return programModule().uid;
}

export function groupId(): u32 {
  return programModule().gid;
}

/** Whether the program may do something; where a server decides it is asked by doing it. `wanted` is R_OK | W_OK | X_OK: 0n or -EACCES. */
export function inodePermits(inode: Inode, wanted: u32): i64 {
  return inode.mount.serverDecides ? 0n : inodeModePermits(inode, wanted);
}

/** What owner, group and mode say, as for access(2): 0n or -EACCES. */
export function inodeModePermits(inode: Inode, wanted: u32): i64 {
  if (userId() === 0) {
    const needsBit = (wanted & X_OK) !== 0 && !inodeIsDirectory(inode);
    return needsBit && (inode.mode & ANY_EXECUTE) === 0 ? i64(-EACCES) : 0n;
  }
  const shift: u32 = inode.uid === userId() ? 6 : inode.gid === groupId() ? 3 : 0;
  return ((inode.mode >> shift) & wanted) === wanted ? 0n : i64(-EACCES);
}

/** Whether the program may change mode and times of the inode: 0n or -EPERM. */
export function inodeIsOwn(inode: Inode): i64 {
  return inode.mount.serverDecides || userId() === 0 || inode.uid === userId() ? 0n : i64(-EPERM);
}

/** Whether names may be taken out of, or put into, a directory: 0n, -EACCES, or -EPERM where the sticky bit protects `victim`. */
export function directoryPermitsChange(directory: Inode, victim: Ptr<Inode> | null): i64 {
  const permits = inodePermits(directory, W_OK | X_OK);
  if (
    permits !== 0n ||
    victim === null ||
    directory.mount.serverDecides ||
    (directory.mode & STICKY) === 0 ||
    userId() === 0
  ) {
    return permits;
  }
  return directory.uid === userId() || victim.uid === userId() ? 0n : i64(-EPERM);
}

/** What O_RDONLY, O_WRONLY and O_RDWR need. */
export function accessOfFlags(accessMode: u32): u32 {
  return accessMode === 0 ? R_OK : accessMode === 1 ? W_OK : R_OK | W_OK;
}
