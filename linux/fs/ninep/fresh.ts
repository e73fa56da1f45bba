/**
 * How long what the server said is as good as asking again.
 *
 * In any export: until anything else has come in from outside, or gone out (drivers/outside.ts), because up to then nobody in the guest can have
 * heard of a change; and not for longer than a clock would tell. So a path is walked, looked at, opened, read to its end by one answer, and
 * what programs of the host change is seen at once. In a read-only export, which nobody changes while a program runs as a rule: for a second.
 */

import { outsideNow } from "../../../drivers/outside.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import type { NinepExport, NinepNode } from "./export.ts";

const CURRENT_NS = 10_000_000n;
const READ_ONLY_NS = 1_000_000_000n;

/** Of an answer's stamp (0n: none) and the monotonic time at which it was asked for. */
export function isCurrent(stamp: u64, ns: u64): bool {
  return stamp !== 0n && stamp === outsideNow() && monotonicNs() - ns < CURRENT_NS;
}

export function isFresh(of: Ptr<NinepExport>, stamp: u64, ns: u64): bool {
  return isCurrent(stamp, ns) || (of.mount.isReadOnly && ns !== 0n && monotonicNs() - ns < READ_ONLY_NS);
}

/** The node's attributes. */
export function nodeIsFresh(node: Ptr<NinepNode>): bool {
  return isFresh(node.export, node.stamp, node.knownNs);
}

/** Whether the file ended at its size, or the directory at `endCursor`, just now. */
export function nodeEndIsFresh(node: Ptr<NinepNode>): bool {
  return isCurrent(node.endStamp, node.endNs);
}
