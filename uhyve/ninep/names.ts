/**
 * Making, renaming and removing entries of directories: Tmkdir, Tmknod, Tsymlink, Tlink, Treadlink, Tunlinkat, Trenameat.
 *
 * Files belong to the monitor's user, with the modes that the guest gives (it has applied its program's umask). A symbolic link's target
 * is text to the host and followed by the guest alone. Devices are never made.
 */

import { EINVAL, ENAMETOOLONG, ENOENT, EPERM, EPROTO, EROFS, EXDEV } from "../../abi/errno.ts";
import { PATH_MAX, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } from "../../abi/linux-files.ts";
import { NINEP_AT_REMOVEDIR } from "../../abi/ninep.ts";
import { wireGet32, wireGetString, wirePutString } from "../../compiler/std/wire.ts";
import type { Fid } from "./fid-table.ts";
import {
  hostLink,
  hostMakeDirectory,
  hostMakeLink,
  hostMakeNode,
  hostReadLink,
  hostRemove,
  hostRename,
  hostStatIn,
} from "./host.ts";
import { fidError, fidGet, isReadOnly, isWhole, type NinepRequest, nameGet, newNameGet, putQid } from "./request.ts";

const MODE_BITS = 0o7777;

export function makeDirectory(request: NinepRequest): i64 {
  const input = request.input;
  const directory = fidGet(request);
  const named = newNameGet(input, request.firstName);
  const mode = wireGet32(input);
  void wireGet32(input);
  const refused = refuseChange(request, directory, named);
  if (refused < 0n || directory === null) return refused;
  const name = elements(request.firstName.text);
  return answerMade(request, directory, hostMakeDirectory(request.session.host, directory.fd, name, mode & MODE_BITS));
}

export function makeNode(request: NinepRequest): i64 {
  const input = request.input;
  const directory = fidGet(request);
  const named = newNameGet(input, request.firstName);
  const mode = wireGet32(input);
  void wireGet32(input);
  void wireGet32(input);
  void wireGet32(input);
  const refused = refuseChange(request, directory, named);
  if (refused < 0n || directory === null) return refused;
  const type = mode & S_IFMT;
  if (type !== 0 && type !== S_IFREG && type !== S_IFIFO && type !== S_IFSOCK) return i64(-EPERM);
  const name = elements(request.firstName.text);
  return answerMade(
    request,
    directory,
    hostMakeNode(request.session.host, directory.fd, name, type | (mode & MODE_BITS)),
  );
}

export function makeSymbolicLink(request: NinepRequest): i64 {
  const input = request.input;
  const directory = fidGet(request);
  const named = newNameGet(input, request.firstName);
  const target = wireGetString(input);
  void wireGet32(input);
  const refused = refuseChange(request, directory, named);
  if (refused < 0n || directory === null) return refused;
  if (target.length === 0) return i64(-ENOENT);
  if (target.length >= PATH_MAX) return i64(-ENAMETOOLONG);
  // The answer's room holds it as C wants it; the answer is written after the call.
  const text = elements(request.answer);
  for (let i: u32 = 0; i < target.length; i += 1) {
    const byte = target.byteAt(i);
    if (byte === 0) return i64(-EINVAL);
    text[i] = byte;
  }
  text[target.length] = 0;
  const name = elements(request.firstName.text);
  return answerMade(request, directory, hostMakeLink(request.session.host, directory.fd, name, text));
}

/** The qid of what was made under the first name. */
function answerMade(request: NinepRequest, directory: Fid, result: i64): i64 {
  if (result < 0n) return result;
  const name = elements(request.firstName.text);
  const looked = hostStatIn(request.session.host, directory.fd, name, request.stat);
  if (looked < 0n) return looked;
  putQid(request, directory.exportIndex);
  return 0n;
}

export function link(request: NinepRequest): i64 {
  const directory = fidGet(request);
  const fid = fidGet(request);
  const named = newNameGet(request.input, request.firstName);
  const refused = refuseChange(request, directory, named);
  if (refused < 0n || directory === null) return refused;
  if (fid === null) return fidError(request);
  if (fid.exportIndex !== directory.exportIndex) return i64(-EXDEV);
  return hostLink(request.session.host, fid.fd, directory.fd, elements(request.firstName.text));
}

export function readLink(request: NinepRequest): i64 {
  const fid = fidGet(request);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  const buffer = sliceOf(castPtr<u8>(elements(request.entries)), u64(PATH_MAX));
  const bytes = hostReadLink(request.session.host, fid.fd, buffer);
  // An object that is no link has, with an empty name, nothing to read (ENOENT); Linux's readlink(2) calls that EINVAL.
  if (bytes === i64(-ENOENT)) return i64(-EINVAL);
  if (bytes < 0n) return bytes;
  wirePutString(request.output, stringOf(buffer.data, u64(bytes)));
  return 0n;
}

export function remove(request: NinepRequest): i64 {
  const input = request.input;
  const directory = fidGet(request);
  const named = nameGet(input, request.firstName);
  const flags = wireGet32(input);
  const refused = refuseChange(request, directory, named);
  if (refused < 0n || directory === null) return refused;
  if ((flags & ~NINEP_AT_REMOVEDIR) !== 0) return i64(-EINVAL);
  return hostRemove(request.session.host, directory.fd, elements(request.firstName.text), flags);
}

export function rename(request: NinepRequest): i64 {
  const input = request.input;
  const from = fidGet(request);
  const namedFrom = nameGet(input, request.firstName);
  const to = fidGet(request);
  const namedTo = nameGet(input, request.secondName);
  const refused = refuseChange(request, from, namedFrom < 0n ? namedFrom : namedTo);
  if (refused < 0n || from === null) return refused;
  if (to === null) return fidError(request);
  if (from.exportIndex !== to.exportIndex) return i64(-EXDEV);
  const names = elements(request.secondName.text);
  return hostRename(request.session.host, from.fd, elements(request.firstName.text), to.fd, names);
}

/** Why a change in this directory, by a message whose fields have all been read, cannot be; 0 if it can. */
export function refuseChange(request: NinepRequest, directory: Ptr<Fid> | null, named: i64): i64 {
  if (directory === null) return fidError(request);
  if (named < 0n) return named;
  if (!isWhole(request)) return i64(-EPROTO);
  return isReadOnly(request, directory) ? i64(-EROFS) : 0n;
}
