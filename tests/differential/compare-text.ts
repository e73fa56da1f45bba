/**
 * The lines in which two outputs differ, as a reader wants to see them.
 *
 * A longest common subsequence over lines: a line that is missing shows as one line, not as a difference in all that follow.
 * Outputs of these programs are short; longer ones are compared in their first lines only.
 */

const MAX_LINES = 400;
const CONTEXT_LINES = 2;

/** Empty if both are equal; otherwise lines that begin with "- " (only wanted), "+ " (only seen) or "  " (both). */
export function compareText(wanted: string, seen: string): string {
  if (wanted === seen) {
    return "";
  }
  const left = wanted.split("\n").slice(0, MAX_LINES);
  const right = seen.split("\n").slice(0, MAX_LINES);
  const lines = align(left, right);
  const isNear = (index: number) =>
    lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some((line) => !line.startsWith("  "));
  const shown = lines.filter((_, index) => isNear(index));
  return shown.length > 0 ? shown.join("\n") : `differs after line ${MAX_LINES}`;
}

function align(left: readonly string[], right: readonly string[]): string[] {
  const lengths = commonLengths(left, right);
  const lengthAt = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    if (row < left.length && column < right.length && left[row] === right[column]) {
      lines.push(`  ${left[row]}`);
      row += 1;
      column += 1;
    } else if (
      column === right.length ||
      (row < left.length && lengthAt(row + 1, column) >= lengthAt(row, column + 1))
    ) {
      lines.push(`- ${left[row]}`);
      row += 1;
    } else {
      lines.push(`+ ${right[column]}`);
      column += 1;
    }
  }
  return lines;
}

/** `[row][column]`: how many lines the rests from there on have in common. */
function commonLengths(left: readonly string[], right: readonly string[]): number[][] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let row = left.length - 1; row >= 0; row -= 1) {
    const here = lengths[row] ?? [];
    const below = lengths[row + 1] ?? [];
    for (let column = right.length - 1; column >= 0; column -= 1) {
      const same = left[row] === right[column];
      here[column] = same ? (below[column + 1] ?? 0) + 1 : Math.max(below[column] ?? 0, here[column + 1] ?? 0);
    }
  }
  return lengths;
}
