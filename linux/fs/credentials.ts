/** Who may do what with an inode: the program's user, group and capabilities against owner, group and mode. */

import { EACCES, EPERM } from "../../abi/errno.ts";
import { R_OK, S_ISGID, S_ISUID, W_OK, X_OK } from "../../abi/linux-files.ts";
import { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID } from "../../abi/linux-process.ts";
import { isCapable } from "../capabilities.ts";
import { programModule } from "../program.ts";
import { fileGroup, fileUser, isInGroup } from "../users.ts";
import { type Inode, inodeIsDirectory, inodeOf, inodePut } from "./inode.ts";

const ANY_EXECUTE = 0o111;
const STICKY = 0o1000;
const GROUP_EXECUTE = 0o010;

export function userId(): u32 {
  return fileUser();
}

export function groupId(): u32 {
  return fileGroup();
}

/** Who the program is to a file: where a server acts for it, it stays the user who started the machine. */
function userTo(inode: Inode): u32 {
  return inode.mount.serverDecides ? programModule().uid : fileUser();
}

function isOfGroup(inode: Inode): bool {
  return inode.mount.serverDecides ? inode.gid === programModule().gid : isInGroup(inode.gid);
}

/** Whether the program may do something; where a server decides it is asked by doing it. `wanted` is R_OK | W_OK | X_OK: 0n or -EACCES. */
export function inodePermits(inode: Inode, wanted: u32): i64 {
  return inode.mount.serverDecides ? 0n : inodeModePermits(inode, wanted);
}

/** What owner, group and mode say, as for access(2): 0n or -EACCES. */
export function inodeModePermits(inode: Inode, wanted: u32): i64 {
  const user = userTo(inode);
  const shift: u32 = inode.uid === user ? 6 : isOfGroup(inode) ? 3 : 0;
  if (((inode.mode >> shift) & wanted) === wanted) {
    return 0n;
  }
  return overrides(inode, user, wanted) ? 0n : i64(-EACCES);
}

/** Whether the mode does not matter to who asks. Where a server acts for the program, that is root's. */
function overrides(inode: Inode, user: u32, wanted: u32): bool {
  if (inode.mount.serverDecides ? user === 0 : isCapable(CAP_DAC_OVERRIDE)) {
    const needsBit = (wanted & X_OK) !== 0 && !inodeIsDirectory(inode);
    return !needsBit || (inode.mode & ANY_EXECUTE) !== 0;
  }
  const onlyLooks = wanted === R_OK || ((wanted & W_OK) === 0 && inodeIsDirectory(inode));
  return onlyLooks && !inode.mount.serverDecides && isCapable(CAP_DAC_READ_SEARCH);
}

/** Whether the program may change mode and times of the inode: 0n or -EPERM. */
export function inodeIsOwn(inode: Inode): i64 {
  return inode.mount.serverDecides || inode.uid === userId() || isCapable(CAP_FOWNER) ? 0n : i64(-EPERM);
}

/** Whether a directory may be searched, where a server decides by asking it for a name, which need not be there: 0n or -EACCES. */
export function directorySearchable(directory: Ptr<Inode>): i64 {
  if (!directory.mount.serverDecides) {
    return inodeModePermits(directory, X_OK);
  }
  const found = directory.operations.lookup(directory, "-");
  if (found > 0n) {
    inodePut(inodeOf(found));
  }
  return found === i64(-EACCES) ? found : 0n;
}

/** As for a name in the directory, where none is asked for ("..") that a server would judge: only if the mode refuses is it asked. */
export function directoryPassable(directory: Ptr<Inode>): i64 {
  return inodeModePermits(directory, X_OK) === 0n ? 0n : directorySearchable(directory);
}

/** The bits of a mode that make a program run as the file's owner, which a change by others takes away; files that nobody runs keep the group's. */
export function setBitsOf(mode: u32): u32 {
  const hasGroupBit = (mode & (S_ISGID | GROUP_EXECUTE)) === (S_ISGID | GROUP_EXECUTE);
  return (mode & S_ISUID) | (hasGroupBit ? S_ISGID : 0);
}

/** What a write takes away, unless CAP_FSETID keeps it. The caller holds the inode's lock. */
export function inodeWasWritten(inode: Inode): void {
  if (setBitsOf(inode.mode) !== 0 && !isCapable(CAP_FSETID)) {
    inode.mode &= ~setBitsOf(inode.mode);
  }
}

/** Whether names may be taken out of, or put into, a directory: 0n, -EACCES, or -EPERM where the sticky bit protects `victim`. */
export function directoryPermitsChange(directory: Inode, victim: Ptr<Inode> | null): i64 {
  const permits = inodePermits(directory, W_OK | X_OK);
  if (permits !== 0n || victim === null || directory.mount.serverDecides || (directory.mode & STICKY) === 0) {
    return permits;
  }
  const isOwn = directory.uid === userId() || victim.uid === userId();
  return isOwn || isCapable(CAP_FOWNER) ? 0n : i64(-EPERM);
}

/** A mode that is set by who is not of the file's group loses the bit to run as that, as Linux has it. */
export function modeToSet(inode: Inode, mode: u32): u32 {
  return inode.mount.serverDecides || isInGroup(inode.gid) || isCapable(CAP_FSETID) ? mode : mode & ~S_ISGID;
}

/** Whether the owner may be changed: 0n or -EPERM. -1 stands for "as it is". */
export function ownerMayChange(inode: Inode, uid: u32, gid: u32): i64 {
  const keepsOwner = uid === u32.MAX || uid === inode.uid;
  const isOwnGroup = gid === u32.MAX || gid === inode.gid || isInGroup(gid);
  const isAsked = uid !== u32.MAX || gid !== u32.MAX;
  const isAllowed = (inode.uid === userId() && keepsOwner && isOwnGroup) || isCapable(CAP_CHOWN);
  return isAsked && !isAllowed && !inode.mount.serverDecides ? i64(-EPERM) : 0n;
}

/** What O_RDONLY, O_WRONLY and O_RDWR need; the fourth mode needs all and allows nothing but control. */
export function accessOfFlags(accessMode: u32): u32 {
  return accessMode === 0 ? R_OK : accessMode === 1 ? W_OK : R_OK | W_OK;
}
