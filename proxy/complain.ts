/** One sentence for the user, on stderr, in one write: `hermit: <before><subject><after>`. */

import { messageAdd, messageSend } from "../uhyve/message.ts";

/** Exit status of the proxy when it refuses or fails. */
export const STATUS_FAILED = 1;
/** As a shell answers for a program that is not there. */
export const STATUS_MISSING = 127;

/** The subject may have any length (a path); the rest are literals or templates. */
export function complain(before: string, subject: string, after: string): i32 {
  messageAdd("hermit: ");
  messageAdd(before);
  messageAdd(subject);
  messageAdd(after);
  messageAdd("\n");
  messageSend();
  return STATUS_FAILED;
}
