/** Brings an export into the tree: finds its server, attaches to it, and gives the mount its root. */

import { ENOMEM } from "../../../abi/errno.ts";
import { ninepTransportOf } from "../../../drivers/ninep/devices.ts";
import type { Qid } from "../../../drivers/ninep/message.ts";
import type { NinepTransport } from "../../../drivers/ninep/request.ts";
import { heapAllocZeroed } from "../../../kernel/mm/heap.ts";
import { processEndSetHook } from "../../process-end.ts";
import { userId } from "../credentials.ts";
import { inodeOf, type Mount } from "../inode.ts";
import { callAttach } from "./calls.ts";
import { exportAdd, fidDropped, fidTake, type NinepExport } from "./export.ts";
import { writeAllBack } from "./flusher.ts";
import { ninepRoot } from "./nodes.ts";
import { NINEP_OPERATIONS } from "./operations.ts";

/** Makes the export's top the mount's root: 0n or a negative errno. The caller sees that only one attaches at a time. */
export function ninepAttach(mount: Ptr<Mount>, tag: string): i64 {
  const transport = ninepTransportOf(tag);
  if (transport < 0n) {
    return transport;
  }
  const memory = heapAllocZeroed(u64(sizeOf<NinepExport>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of the size; ninepTransportOf gives the address of a transport that stays.
  const made = castPtr<NinepExport>(memory);
  made.transport = pointerAt<NinepTransport>(u64(transport));
  made.mount = mount;
  made.operations = addressOf(NINEP_OPERATIONS);
  exportAdd(made);
  mount.serverDecides = true;
  made.transport.onDropped = fidDropped;
  processEndSetHook(writeAllBack);
  const qid: Qid = zeroed();
  const fid = fidTake(made);
  const attached = callAttach(made, fid, tag, userId(), qid);
  if (attached !== 0n) {
    return attached;
  }
  const root = ninepRoot(made, fid);
  if (root < 0n) {
    return root;
  }
  mount.root = inodeOf(root);
  return 0n;
}
