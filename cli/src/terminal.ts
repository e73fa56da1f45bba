/** Colours, only where a person sees them: each stream is asked for itself (and NO_COLOR, FORCE_COLOR, TERM=dumb are honoured). */

import pc from "picocolors";

export const outputColors = pc.createColors(wantsColor(process.stdout));
export const errorColors = pc.createColors(wantsColor(process.stderr));

function wantsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) {
    return false;
  }
  return Boolean(FORCE_COLOR) || (stream.isTTY === true && TERM !== "dumb");
}
