/** Named pipes: opening one waits for the other end, as fifo(7) says. */

import { ENOMEM, ENXIO, ERESTARTSYS } from "../../abi/errno.ts";
import { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from "../../abi/linux-files.ts";
import { mutexAcquire, mutexRelease } from "../../kernel/sync/mutex.ts";
import { waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { type File, fileFlags } from "./file.ts";
import type { Inode } from "./inode.ts";
import { PIPE_OPERATIONS, type Pipe, pipeCreate, pipeForget } from "./pipe.ts";
import { waitWhile } from "./wait.ts";

class Opening {
  pipe!: Ptr<Pipe>;
  count!: u32;
}

function noReaderCame(address: VirtAddr): bool {
  const opening = pointerAt<Opening>(address);
  return opening.pipe.readers === 0 && opening.pipe.readersEver === opening.count;
}

function noWriterCame(address: VirtAddr): bool {
  const opening = pointerAt<Opening>(address);
  return opening.pipe.writers === 0 && opening.pipe.writersEver === opening.count;
}

export function fifoOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  const pipe = join(inode);
  if (pipe === null) {
    return i64(-ENOMEM);
  }
  const mode = fileFlags(file) & O_ACCMODE;
  const isNonblocking = (fileFlags(file) & O_NONBLOCK) !== 0;
  void mutexAcquire(pipe.lock);
  if (mode === O_WRONLY && isNonblocking && pipe.readers === 0) {
    mutexRelease(pipe.lock);
    pipeForget(pipe);
    return i64(-ENXIO);
  }
  if (mode !== O_WRONLY) {
    pipe.readers++;
    pipe.readersEver++;
  }
  if (mode !== O_RDONLY) {
    pipe.writers++;
    pipe.writersEver++;
  }
  const opening: Opening = { pipe, count: mode === O_RDONLY ? pipe.writersEver : pipe.readersEver };
  mutexRelease(pipe.lock);
  waitWakeAll(pipe.readQueue);
  waitWakeAll(pipe.writeQueue);
  let came: bool = true;
  if (mode === O_RDONLY && !isNonblocking) {
    came = waitWhile(pipe.readQueue, noWriterCame, virtAddr(opening), 0);
  } else if (mode === O_WRONLY) {
    came = waitWhile(pipe.writeQueue, noReaderCame, virtAddr(opening), 0);
  }
  file.object = virtAddr(pipe);
  file.operations = addressOf(PIPE_OPERATIONS);
  // The caller's failure path releases the description, which undoes the counts.
  return came || mode === O_RDWR ? 0n : i64(-ERESTARTSYS);
}

/** The pipe of the inode with one more keeper, made if nobody has it open; null: no memory. */
function join(inode: Ptr<Inode>): Ptr<Pipe> | null {
  using _guard = mutexAcquire(inode.lock);
  if (inode.pipe === 0n) {
    const fresh = pipeCreate();
    if (fresh === null) {
      return null;
    }
    // The inode keeps it, too, for as long as the inode lives.
    fresh.keepers = 1;
    inode.pipe = virtAddr(fresh);
  }
  // SAFETY: the inode's own pipe.
  const pipe = pointerAt<Pipe>(inode.pipe);
  void mutexAcquire(pipe.lock);
  pipe.keepers++;
  mutexRelease(pipe.lock);
  return pipe;
}
