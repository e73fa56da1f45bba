/**
 * Tremove and Trename: they name an entry by its fid alone, which knows its object, but not in which directory it stands.
 *
 * The host tells where the object is now (/proc/self/fd). That path is walked from the export's root, one component after the other and
 * without links, like any path of the guest, and what stands there must be the object. (Guests of ours use Tunlinkat and Trenameat, which
 * need none of this.) An object that has moved out of its export, or has lost its name, is not found.
 */

import { EBUSY, ENAMETOOLONG, ENOENT, EPROTO, EROFS, EXDEV } from "../../abi/errno.ts";
import { AT_REMOVEDIR, NAME_MAX, O_PATH, PATH_MAX, S_IFDIR } from "../../abi/linux-files.ts";
import { type Fid, fidUnbind } from "./fid-table.ts";
import { hostClose, hostPathOf, hostRemove, hostRename, hostReopen, hostStatIn, hostWalk } from "./host.ts";
import {
  exportOf,
  fidError,
  fidGet,
  isReadOnly,
  isWhole,
  type Name,
  type NinepRequest,
  nameGet,
  qidPath,
} from "./request.ts";

const SLASH = 0x2f;

/** The fid is gone afterwards, whether the object could be removed or not. */
export function removeByFid(request: NinepRequest): i64 {
  const fid = fidGet(request);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  void fidUnbind(request.session.fids, fid);
  if (isReadOnly(request, fid)) return i64(-EROFS);
  const host = request.session.host;
  const directory = findEntry(request, fid);
  if (directory < 0n) return directory;
  const flags: u32 = fid.type === S_IFDIR ? AT_REMOVEDIR : 0;
  const result = hostRemove(host, i32(directory), elements(request.secondName.text), flags);
  hostClose(host, i32(directory));
  return result;
}

export function renameByFid(request: NinepRequest): i64 {
  const fid = fidGet(request);
  const to = fidGet(request);
  const named = nameGet(request.input, request.firstName);
  if (fid === null || to === null) return fidError(request);
  if (named < 0n) return named;
  if (!isWhole(request)) return i64(-EPROTO);
  if (isReadOnly(request, fid)) return i64(-EROFS);
  if (fid.exportIndex !== to.exportIndex) return i64(-EXDEV);
  const host = request.session.host;
  const directory = findEntry(request, fid);
  if (directory < 0n) return directory;
  const oldName = elements(request.secondName.text);
  const result = hostRename(host, i32(directory), oldName, to.fd, elements(request.firstName.text));
  hostClose(host, i32(directory));
  return result;
}

/** A descriptor of the directory in which the object stands, with its name there as the second name; or a negative errno. */
function findEntry(request: NinepRequest, fid: Fid): i64 {
  const host = request.session.host;
  const root = exportOf(request, fid);
  const whole = castPtr<u8>(elements(request.entries));
  const path = sliceOf(whole, u64(PATH_MAX));
  const rootPath = sliceOf(whole.add(PATH_MAX), u64(PATH_MAX));
  const bytes = hostPathOf(host, fid.fd, path);
  const rootBytes = hostPathOf(host, root.fd, rootPath);
  if (bytes < 0n || rootBytes < 0n) return bytes < 0n ? bytes : rootBytes;
  if (bytes === i64(PATH_MAX) || rootBytes === i64(PATH_MAX)) return i64(-ENAMETOOLONG);
  // The root directory's own path ends in the slash that others have behind them.
  const rootLength: u64 = rootBytes === 1n ? 0n : u64(rootBytes);
  if (fid.qidPath === root.qidPath) return i64(-EBUSY);
  if (u64(bytes) <= rootLength || compareBytes(path.data, rootPath.data, rootLength) !== 0) return i64(-ENOENT);
  if (at(path, rootLength) !== SLASH) return i64(-ENOENT);
  return walkTo(request, fid, path.subslice(rootLength + 1n, u64(bytes)));
}

function walkTo(request: NinepRequest, fid: Fid, path: Slice<u8>): i64 {
  const host = request.session.host;
  const name = request.secondName;
  let directory = hostReopen(host, exportOf(request, fid).fd, O_PATH);
  let start: u64 = 0n;
  while (directory >= 0n) {
    const end = componentEnd(path, start);
    if (!setName(name, path.subslice(start, end))) break;
    if (end === path.length) {
      if (isEntry(request, fid, i32(directory))) return directory;
      break;
    }
    const next = hostWalk(host, i32(directory), elements(name.text));
    hostClose(host, i32(directory));
    directory = next;
    start = end + 1n;
  }
  if (directory < 0n) return directory;
  hostClose(host, i32(directory));
  return i64(-ENOENT);
}

/** Whether the second name stands for the fid's object there. */
function isEntry(request: NinepRequest, fid: Fid, directory: i32): bool {
  const result = hostStatIn(request.session.host, directory, elements(request.secondName.text), request.stat);
  return result >= 0n && qidPath(request.session, fid.exportIndex, request.stat) === fid.qidPath;
}

function componentEnd(path: Slice<u8>, start: u64): u64 {
  let end = start;
  while (end < path.length && at(path, end) !== SLASH) end += 1n;
  return end;
}

function setName(name: Name, text: Slice<u8>): bool {
  if (text.length === 0n || text.length > u64(NAME_MAX)) return false;
  copyBytes(elements(name.text), text.data, text.length);
  setAt(name.text, text.length, 0);
  return true;
}
