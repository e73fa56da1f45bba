/** Inodes of exports: the table of what they can do, with changes of attributes, fsync and statfs. */

import { EROFS } from "../../../abi/errno.ts";
import type { Statfs } from "../../../abi/linux-files.ts";
import {
  NINEP_SETATTR_ATIME,
  NINEP_SETATTR_ATIME_SET,
  NINEP_SETATTR_CTIME,
  NINEP_SETATTR_GID,
  NINEP_SETATTR_MODE,
  NINEP_SETATTR_MTIME,
  NINEP_SETATTR_MTIME_SET,
  NINEP_SETATTR_SIZE,
  NINEP_SETATTR_UID,
} from "../../../abi/ninep.ts";
import type { NinepAttributes, NinepSpace } from "../../../drivers/ninep/message.ts";
import { mutexAcquire } from "../../../kernel/sync/mutex.ts";
import type { File } from "../file.ts";
import { ChangeField, type Inode, type InodeChange, type InodeOperations, inodeIsDirectory } from "../inode.ts";
import { ninepRefresh, nodeRefresh, nodeRefreshOwn, nodeTake, nodeTakeOwn } from "./attributes.ts";
import { cacheResize } from "./cache.ts";
import { callSetAttributes, callSpace, callSync, type NinepChange } from "./calls.ts";
import { type NinepNode, nodeOf } from "./export.ts";
import { ninepLock } from "./locks.ts";
import { changeNameless } from "./nameless.ts";
import {
  ninepCreate,
  ninepLink,
  ninepLookup,
  ninepLookupAlong,
  ninepReadLink,
  ninepRename,
  ninepUnlink,
} from "./names.ts";
import { ninepForget } from "./nodes.ts";
import { fileFid, ninepOpen } from "./open-file.ts";
import { aloneBegin, aloneEnd } from "./share-lock.ts";
import { writeBackAndTell } from "./write-back.ts";

function fieldBits(fields: u32, field: ChangeField, bits: u32): u32 {
  return (fields & u32(field)) !== 0 ? bits : 0;
}

/** InodeOperations.change */
function ninepChange(inode: Ptr<Inode>, change: InodeChange): i64 {
  const node = nodeOf(inode);
  if (inode.mount.isReadOnly) {
    return i64(-EROFS);
  }
  const fields = change.fields;
  const wanted: NinepChange = {
    // An owner who stays the same is a new time of change.
    valid:
      (fields === 0 ? NINEP_SETATTR_CTIME : 0) |
      fieldBits(fields, ChangeField.Mode, NINEP_SETATTR_MODE) |
      fieldBits(fields, ChangeField.Owner, NINEP_SETATTR_UID) |
      fieldBits(fields, ChangeField.Group, NINEP_SETATTR_GID) |
      fieldBits(fields, ChangeField.Size, NINEP_SETATTR_SIZE) |
      fieldBits(fields, ChangeField.AccessTime, NINEP_SETATTR_ATIME | NINEP_SETATTR_ATIME_SET) |
      fieldBits(fields, ChangeField.ModifyTime, NINEP_SETATTR_MTIME | NINEP_SETATTR_MTIME_SET),
    mode: change.mode & 0o7777,
    uid: change.uid,
    gid: change.gid,
    size: change.size,
    accessNs: change.accessNs,
    modifyNs: change.modifyNs,
  };
  if (node.isGone) {
    return changeNameless(node, change);
  }
  return (fields & u32(ChangeField.Size)) !== 0 ? changeSize(node, wanted, change.isOpen) : changeOthers(node, wanted);
}

function changeOthers(node: Ptr<NinepNode>, wanted: NinepChange): i64 {
  const attributes: NinepAttributes = zeroed();
  let stamp: u64 = 0n;
  const result = callSetAttributes(node.export, node.fid, wanted, attributes, addressOf(stamp));
  if (result !== 0n) {
    return result;
  }
  return attributes.valid === 0n ? nodeRefresh(node) : nodeTake(node, attributes, stamp);
}

/** Nothing is read into pages and nothing is written from them meanwhile. */
function changeSize(node: Ptr<NinepNode>, wanted: NinepChange, isOpen: bool): i64 {
  using _guard = mutexAcquire(node.inode.lock);
  aloneBegin(node.cache.order);
  const fid: u32 = isOpen && node.writer.isOpen ? node.writer.fid : node.fid;
  const attributes: NinepAttributes = zeroed();
  let stamp: u64 = 0n;
  const result = callSetAttributes(node.export, fid, wanted, attributes, addressOf(stamp));
  if (result === 0n) {
    node.cache.wasWritten = true;
    cacheResize(node, wanted.size);
    void (attributes.valid === 0n ? nodeRefreshOwn(node) : nodeTakeOwn(node, attributes, stamp));
  }
  aloneEnd(node.cache.order);
  return result;
}

/** InodeOperations.space */
function ninepSpace(inode: Ptr<Inode>, space: Statfs): i64 {
  const node = nodeOf(inode);
  const told: NinepSpace = zeroed();
  const result = callSpace(node.export, node.fid, told);
  if (result === 0n) {
    space.f_bsize = u64(told.blockBytes);
    space.f_frsize = u64(told.blockBytes);
    space.f_blocks = told.blocks;
    space.f_bfree = told.blocksFree;
    space.f_bavail = told.blocksAvailable;
    space.f_files = told.files;
    space.f_ffree = told.filesFree;
    space.f_namelen = u64(told.nameBytes);
  }
  return result;
}

/** InodeOperations.sync */
function ninepSync(inode: Ptr<Inode>, file: File, isDataOnly: bool): i64 {
  const written = writeBackAndTell(nodeOf(inode), 0n, u64.MAX);
  if (written !== 0n) {
    return written;
  }
  const fid: u32 = inodeIsDirectory(inode) ? u32(u64(file.object)) : fileFid(file);
  return callSync(nodeOf(inode).export, fid, isDataOnly);
}

export const NINEP_OPERATIONS: InodeOperations = {
  lookup: ninepLookup,
  lookupAlong: ninepLookupAlong,
  create: ninepCreate,
  link: ninepLink,
  unlink: ninepUnlink,
  rename: ninepRename,
  readLink: ninepReadLink,
  change: ninepChange,
  open: ninepOpen,
  list: null,
  refresh: ninepRefresh,
  space: ninepSpace,
  sync: ninepSync,
  lock: ninepLock,
  forget: ninepForget,
};
