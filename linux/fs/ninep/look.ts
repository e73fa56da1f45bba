/**
 * Look-ups at uhyve's server: all names of a path that lie in one export, the attributes of each, and the file that is to be opened, made if need
 * be, with its first pages, or the last name taken away, by one message (Tlook in abi/ninep.ts). What comes back is kept as entries (entries.ts), nodes, an offer (offers.ts)
 * and pages of the cache; the walk finds it there name by name.
 */

import { EIO, ENOENT } from "../../../abi/errno.ts";
import { O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY } from "../../../abi/linux-files.ts";
import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import {
  NINEP_ATTRIBUTES_BYTES,
  NINEP_LOOK_HEAD_BYTES,
  NINEP_LOOK_ONLY,
  NINEP_LOOK_REMOVE,
  NINEP_LOOK_REMOVE_DIRECTORY,
  NINEP_MAX_WALK,
  NINEP_NO_FID,
  NinepOpened,
  NinepType,
} from "../../../abi/ninep.ts";
import { wirePut16, wirePut32, wirePutString } from "../../../compiler/std/wire.ts";
import { getLook, getLookAttributes, type NinepAttributes, type NinepLook } from "../../../drivers/ninep/message.ts";
import type { NinepRequest } from "../../../drivers/ninep/request.ts";
import { ninepBegin, ninepCall, ninepEnd } from "../../../drivers/ninep/transport.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import { isLibraryName, NameKind, type PathName, pathName } from "../core/path.ts";
import {
  type Inode,
  type InodeResult,
  inodeIsDirectory,
  inodeIsLink,
  inodeIsRegular,
  inodeOf,
  inodePut,
  type OpenWish,
  Removal,
} from "../inode.ts";
import { placesLose } from "../places.ts";
import { nodeTake } from "./attributes.ts";
import { AROUND_PAGES, cacheIsEmpty, cacheStarted, FIRST_AHEAD } from "./cache.ts";
import { callClunk } from "./calls.ts";
import { entryFits, entryGet, entryGuess, entryPut } from "./entries.ts";
import {
  fidGive,
  fidTake,
  inodeOfNode,
  type NinepExport,
  type NinepNode,
  nodeDetach,
  nodeFind,
  nodeOf,
  nodePut,
} from "./export.ts";
import { type Batch, batchEnter, batchFill, batchFree } from "./fetch.ts";
import { keptPut, type Told } from "./kept.ts";
import { nodePrepare, nodePublish, settle, trim } from "./nodes.ts";
import { offerPut } from "./offers.ts";
import { shareBegin, shareEnd } from "./share-lock.ts";

/** A path that is asked for, and what is known before and after. */
class Look {
  owner!: Ptr<NinepExport>;
  count!: u32;
  /** The last of the names is the path's last, without a slash behind it. */
  isWhole!: bool;
  names!: FixedArray<string, 16>;
  fids!: FixedArray<u32, 16>;
  openFid!: u32;
  flags!: u32;
  mode!: u32;
  askedNs!: u64;
  stamp!: u64;
  answer!: NinepLook;
  attributes!: FixedArray<NinepAttributes, 16>;
  /** The file that the path led to before, with its lock of order shared: where pages may go. */
  target!: Ptr<NinepNode> | null;
  /** Pages for the beginning of the file. */
  wantsPages!: bool;
  batch!: Batch;
  batchBytes!: u64;
}

/** What `name`, the first of `rest`, leads to in the directory: an InodeResult, or 0n if it must be asked for in another way. */
export function lookAlong(directory: Ptr<Inode>, name: string, rest: string, wish: OpenWish): InodeResult {
  const parent = nodeOf(directory);
  if (!entryFits(name)) {
    return 0n;
  }
  if (wish.beganNs === 0n) {
    wish.beganNs = monotonicNs();
  }
  const known = entryGet(parent, name, wish.beganNs);
  if (known !== 0n && !wantsOpening(known, name, rest, wish)) {
    return known;
  }
  if (known > 0n) {
    inodePut(inodeOf(known));
  }
  ask(parent, rest, wish);
  return entryGet(parent, name, wish.beganNs);
}

/** Whether the open that follows would have to ask the server. */
function wantsOpening(known: InodeResult, name: string, rest: string, wish: OpenWish): bool {
  if (!wish.isWanted || wish.wasMade || name.length !== rest.length) {
    return false;
  }
  if (known < 0n) {
    return known === i64(-ENOENT) && (wish.flags & O_CREAT) !== 0;
  }
  const node = nodeOf(inodeOf(known));
  if (node.export.offer.serial === node.serial) {
    return false;
  }
  const isReading = (wish.flags & O_ACCMODE) === O_RDONLY;
  return (
    inodeIsDirectory(node.inode) ||
    (inodeIsRegular(node.inode) && !(isReading ? node.reader.isOpen : node.writer.isOpen))
  );
}

function ask(parent: Ptr<NinepNode>, rest: string, wish: OpenWish): void {
  const look: Look = zeroed();
  look.owner = parent.export;
  look.openFid = NINEP_NO_FID;
  look.flags = NINEP_LOOK_ONLY;
  cut(look, parent, rest, wish);
  const isAnswered = send(look, parent);
  for (let i: u32 = isAnswered ? look.answer.walked : 0; i < look.count; i++) {
    giveBack(look.owner, look.fids[i]);
  }
  if (!isAnswered || look.answer.opened === NinepOpened.No) {
    giveBack(look.owner, look.openFid);
    look.openFid = NINEP_NO_FID;
  }
  if (isAnswered) {
    wish.wasRemoved = wish.wasRemoved || look.answer.opened === NinepOpened.Removed;
    wish.removal = isRemoval(look.flags) && look.answer.walked === look.count ? Removal.None : wish.removal;
    wish.wasMade = wish.wasMade || look.answer.opened === NinepOpened.Made;
    take(look, parent);
  }
  callClunk(look.owner, look.openFid);
  batchFree(look.batch);
  if (look.target !== null) {
    shareEnd(look.target.cache.order);
    nodePut(look.target);
  }
}

/** A number that the server has not bound. */
function giveBack(owner: Ptr<NinepExport>, fid: u32): void {
  if (fid !== NINEP_NO_FID) {
    fidGive(owner, fid);
  }
}

/** Which names are asked for, which of them need fids, and what is to be opened. */
function cut(look: Look, parent: Ptr<NinepNode>, rest: string, wish: OpenWish): void {
  const name: PathName = zeroed();
  let known: Ptr<NinepNode> | null = parent;
  let isKnownSoFar = true;
  let from: u32 = 0;
  while (look.count < NINEP_MAX_WALK && !look.isWhole) {
    pathName(rest, from, name);
    if (name.kind !== NameKind.Plain || !entryFits(name.name)) {
      break;
    }
    from = name.next;
    isKnownSoFar = isKnownSoFar && known !== null && known.inode.covered === null;
    const next: Ptr<NinepNode> | null = known === null ? null : entryGuess(known, name.name);
    if (known !== null && look.count > 0) {
      nodePut(known);
    }
    known = next;
    look.names[look.count] = name.name;
    look.fids[look.count] = known === null ? fidTake(look.owner) : NINEP_NO_FID;
    look.count++;
    look.isWhole = name.isLast && !name.hasSlash;
  }
  if (look.isWhole && wish.isWanted) {
    wantOpening(look, known, wish, isKnownSoFar);
  } else if (look.isWhole && wish.removal !== Removal.None && isKnownSoFar && !look.owner.mount.isReadOnly) {
    wantRemoval(look, known, wish);
  }
  if (known !== null && look.count > 0 && look.target === null) {
    nodePut(known);
  }
}

function isRemoval(flags: u32): bool {
  return flags === NINEP_LOOK_REMOVE || flags === NINEP_LOOK_REMOVE_DIRECTORY;
}

/** A directory is only removed if it is known: another export may lie over one that is not, and over a file that is. */
function wantRemoval(look: Look, known: Ptr<NinepNode> | null, wish: OpenWish): void {
  const isDirectory = wish.removal === Removal.Directory;
  if (known === null ? isDirectory : known.inode.covered !== null) {
    return;
  }
  look.flags = isDirectory ? NINEP_LOOK_REMOVE_DIRECTORY : NINEP_LOOK_REMOVE;
  giveBack(look.owner, look.fids[look.count - 1]);
  look.fids[look.count - 1] = NINEP_NO_FID;
}

/**
 * `known`: what the path led to before, whose reference goes to look.target if it is kept. A file is only made below directories that are known:
 * another export may lie over one that is not.
 */
function wantOpening(look: Look, known: Ptr<NinepNode> | null, wish: OpenWish, mayMake: bool): void {
  const cannotMake = wish.wasMade || !mayMake || look.owner.mount.isReadOnly;
  look.flags = cannotMake ? wish.flags & ~(O_CREAT | O_EXCL) : wish.flags;
  look.mode = wish.mode;
  look.openFid = fidTake(look.owner);
  if (look.openFid === NINEP_NO_FID) {
    look.flags = NINEP_LOOK_ONLY;
  }
  const reads = look.flags !== NINEP_LOOK_ONLY && (look.flags & (O_ACCMODE | O_CREAT)) === O_RDONLY;
  if (known === null || inodeIsDirectory(known.inode) || inodeIsLink(known.inode)) {
    look.wantsPages = reads;
  } else if (reads && inodeIsRegular(known.inode) && cacheIsEmpty(known)) {
    look.wantsPages = true;
    look.target = known;
    shareBegin(known.cache.order);
    look.batch.generation = readVolatile(addressOf(known.cache.generation));
  }
}

/** Asks the server; false if there is no answer to make anything of. */
function send(look: Look, parent: Ptr<NinepNode>): bool {
  const request = look.count === 0 ? null : ninepBegin(look.owner.transport, NinepType.Tlook);
  if (request === null) {
    return false;
  }
  if (look.wantsPages) {
    const pages: u64 = isLibraryName(look.names[look.count - 1]) ? AROUND_PAGES : FIRST_AHEAD;
    batchFill(look.batch, request, u32(pages));
    look.batchBytes = request.piecesBytes;
    request.arePiecesWritten = look.batchBytes > 0n;
    request.answerFields = request.arePiecesWritten ? NINEP_LOOK_HEAD_BYTES + look.count * NINEP_ATTRIBUTES_BYTES : 0;
  }
  putFields(look, request, parent.fid);
  look.askedNs = monotonicNs();
  let result = ninepCall(request);
  look.stamp = request.stamp;
  if (result === 0n) {
    result = getAnswer(look, request);
  }
  ninepEnd(request);
  return result === 0n;
}

function putFields(look: Look, request: Ptr<NinepRequest>, fid: u32): void {
  const wire = request.wire;
  wirePut32(wire, fid);
  wirePut32(wire, look.flags);
  wirePut32(wire, look.mode);
  wirePut32(wire, look.openFid);
  wirePut32(wire, u32(look.batchBytes));
  wirePut16(wire, u16(look.count));
  for (let i: u32 = 0; i < look.count; i++) {
    wirePut32(wire, look.fids[i]);
    wirePutString(wire, look.names[i]);
  }
}

function getAnswer(look: Look, request: Ptr<NinepRequest>): i64 {
  const answer = look.answer;
  let result = getLook(request.wire, look.count, answer);
  for (let i: u32 = 0; i < answer.walked && result === 0n; i++) {
    result = getLookAttributes(request.wire, look.attributes[i]);
  }
  const fields = u64(NINEP_LOOK_HEAD_BYTES) + u64(answer.walked) * u64(NINEP_ATTRIBUTES_BYTES);
  const isOther = answer.opened !== NinepOpened.No && isRemoval(look.flags) !== (answer.opened === NinepOpened.Removed);
  const isTooLong = answer.dataBytes > look.batchBytes || fields + answer.dataBytes > u64(request.written);
  return result === 0n && (isOther || (answer.dataBytes > 0n && isTooLong)) ? i64(-EIO) : result;
}

/** Makes nodes and entries of the answer. */
function take(look: Look, parent: Ptr<NinepNode>): void {
  const answer = look.answer;
  const isRemoved = answer.opened === NinepOpened.Removed;
  const found = isRemoved ? answer.walked - 1 : answer.walked;
  let at0: Ptr<NinepNode> = parent;
  let done: u32 = 0;
  while (done < found) {
    const node = takeNode(look, done);
    if (node === null) {
      break;
    }
    settle(node, inodeOfNode(at0), look.names[done]);
    entryPut(at0, look.names[done], node, 0n, look.askedNs, look.stamp);
    if (answer.opened === NinepOpened.Made && done + 1 === look.count) {
      // It was looked at before it got a name more.
      at0.stamp = 0n;
    }
    if (done > 0) {
      nodePut(at0);
    }
    at0 = node;
    done++;
  }
  if (done === answer.walked && answer.error !== 0n && inodeIsDirectory(at0.inode)) {
    entryPut(at0, look.names[done], null, answer.error, look.askedNs, look.stamp);
  }
  if (isRemoved) {
    takeRemoval(look, done === found ? at0 : null);
  }
  if (done === look.count && answer.opened !== NinepOpened.No) {
    offerPut(at0, look.openFid, answer.opened);
    look.openFid = NINEP_NO_FID;
  }
  if (done > 0) {
    keep(look, at0, done);
    nodePut(at0);
  }
  // The first one's fid was taken care of, whatever became of it.
  for (let i = done + 1; i < answer.walked; i++) {
    callClunk(look.owner, look.fids[i]);
  }
  for (let i: u32 = 0; i < done; i++) {
    trim(look.owner);
  }
}

/** The last name is gone; null: its directory has no node. */
function takeRemoval(look: Look, directory: Ptr<NinepNode> | null): void {
  const last = look.count - 1;
  const attributes = look.attributes[last];
  if (directory !== null) {
    entryPut(directory, look.names[last], null, i64(-ENOENT), look.askedNs, look.stamp);
    // It was looked at before it lost the name.
    directory.stamp = 0n;
  }
  const node = nodeFind(look.owner, attributes.qid.path);
  if (node === null) {
    return;
  }
  const inode = inodeOfNode(node);
  const isOther = nodeTake(node, attributes, look.stamp) !== 0n;
  if (!isOther && directory !== null) {
    inode.isRemoved = inodeIsDirectory(inode);
    placesLose(inode, inodeOfNode(directory), look.names[last]);
  }
  if (isOther || inodeIsDirectory(inode) || inode.links.load() === 0) {
    nodeDetach(node);
  }
  nodePut(node);
}

/** The node of a name that was walked, with a reference; null: there is none to be had. */
function takeNode(look: Look, index: u32): Ptr<NinepNode> | null {
  const owner = look.owner;
  const attributes = look.attributes[index];
  const fid = look.fids[index];
  const known = nodeFind(owner, attributes.qid.path);
  const isLast = index + 1 === look.count;
  if (known !== null) {
    if (nodeTake(known, attributes, look.stamp) === 0n) {
      callClunk(owner, fid);
      if (isLast && look.target !== null && virtAddr(known) === virtAddr(look.target)) {
        takePages(look, known);
      }
      return known;
    }
    // The file of that number is another one now.
    nodeDetach(known);
    nodePut(known);
  }
  const fresh = fid === NINEP_NO_FID ? null : nodePrepare(owner, fid, attributes, look.stamp);
  if (fresh === null) {
    return null;
  }
  if (isLast && look.target === null && inodeIsRegular(fresh.inode)) {
    takePages(look, fresh);
  }
  return nodePublish(fresh);
}

/** Keeps what came of the last of `done` nodes, if it is no file: the listing of a directory that was opened, or a link's text. */
function keep(look: Look, last: Ptr<NinepNode>, done: u32): void {
  const answer = look.answer;
  const isLink = answer.opened === NinepOpened.No && inodeIsLink(last.inode);
  const isListing = answer.opened === NinepOpened.Reading && inodeIsDirectory(last.inode);
  if (answer.dataBytes > 0n && done === answer.walked && (isLink || isListing)) {
    const told: Told = { stamp: look.stamp, askedNs: look.askedNs };
    keptPut(last, look.batch, answer.dataBytes, told);
  }
}

function takePages(look: Look, node: Ptr<NinepNode>): void {
  if (look.answer.dataBytes > 0n) {
    void batchEnter(node, look.batch, look.answer.dataBytes, look.batchBytes);
    look.batch.count = 0;
    cacheStarted(node, look.batchBytes / PAGE_SIZE);
  }
}
