/**
 * The trace of execve: a call whose arguments are gone when it is known how it went, and that does not come back if it went well. So its line
 * is begun before the call, and ended by the call itself.
 */

import { channelTrace } from "../drivers/channel/channel.ts";
import { type TextBuffer, textPut, textView } from "./core/text-buffer.ts";
import type { Task } from "./task.ts";

/** The line of the task's call; null: it is not traced, or has failed. It lies on the task's kernel stack. */
export function execTraceBegin(task: Ptr<Task>, line: Ptr<TextBuffer> | null): void {
  task.execLine = line === null ? 0n : virtAddr(line);
}

/** The new program is about to start. */
export function execTraceDone(task: Ptr<Task>): void {
  if (task.execLine !== 0n) {
    // SAFETY: the call is still under way, so its frame is there.
    const line = pointerAt<TextBuffer>(task.execLine);
    task.execLine = 0n;
    textPut(line, " = 0\n");
    channelTrace(textView(line));
  }
}
