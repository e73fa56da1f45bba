/** A comparison as a table: medians with their range, guest / Linux, and the aim with what came of it. */

import type { Aim, Comparison, Row, Side } from "./compare.ts";
import { table } from "./measure.ts";

const HEADING = ["median (range)", "unit", "Linux", "guest", "guest/Linux", "aim"];

export function formatComparison(comparison: Comparison): string {
  const { guest, isEmulated, size, rounds, rows } = comparison;
  const heading = HEADING.map((text) => (text === "guest" ? guest : text));
  const lines = table([heading, ...rows.map((row) => cellsOf(row, isEmulated))]).split("\n");
  const [first = "", ...rest] = lines.map((line, i) => `${line}${remarkOn(rows[i - 1])}`.trimEnd());
  const emulated = isEmulated
    ? "\nQEMU emulates the processor (TCG): these ratios show that the programs run, not how fast the kernel is.\n"
    : "";
  const rules = `${rounds} ${rounds === 1 ? "round" : "rounds"} of Linux and ${guest} in turns, ${size} sizes`;
  return `${rules}${emulated ? `.${emulated}` : ":\n"}${[first, ...rest].join("\n")}`;
}

function cellsOf(row: Row, isEmulated: boolean): string[] {
  const ratio = row.ratio === undefined ? "" : row.ratio.toPrecision(3);
  return [row.name, row.unit, cell(row.linux), cell(row.guest), ratio, aimCell(row, isEmulated)];
}

function cell({ spread }: Side): string {
  if (spread === undefined) return "not possible";
  return `${show(spread.median)} (${show(spread.min)}..${show(spread.max)})`;
}

function show(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}

/** Behind the row, because a reason may be long. */
function remarkOn(row: Row | undefined): string {
  const remarks: string[] = [];
  for (const [where, side] of [["Linux", row?.linux] as const, ["guest", row?.guest] as const]) {
    if (side?.failure === undefined) continue;
    const times = side.spread === undefined ? "not possible" : `failed in ${side.failedRuns} of its runs`;
    remarks.push(`${where} ${times}: ${side.failure}`);
  }
  return remarks.length === 0 ? "" : `  ${remarks.join("; ")}`;
}

function aimCell(row: Row, isEmulated: boolean): string {
  if (row.aim === undefined) return "";
  const reached = isReached(row.aim, row);
  const verdict = isEmulated || reached === undefined ? "" : reached ? ", reached" : ", missed";
  return `${aimText(row.aim)}${verdict}`;
}

function aimText({ atMost, atLeast, ratioAtMost, ratioAtLeast, addedAtMost }: Aim): string {
  if (addedAtMost !== undefined) return `Linux + ${addedAtMost} at most`;
  if (atLeast !== undefined) return `at least ${atLeast}`;
  if (atMost !== undefined) return `at most ${atMost}`;
  return ratioAtMost !== undefined
    ? `ratio at most ${Number(ratioAtMost.toFixed(2))}`
    : `ratio at least ${ratioAtLeast}`;
}

function isReached(aim: Aim, { ratio, linux, guest }: Row): boolean | undefined {
  const { atMost, atLeast, ratioAtMost, ratioAtLeast, addedAtMost } = aim;
  if (atMost !== undefined) return guest.spread && guest.spread.median <= atMost;
  if (atLeast !== undefined) return guest.spread && guest.spread.median >= atLeast;
  if (addedAtMost !== undefined) {
    return guest.spread && linux.spread && guest.spread.median - linux.spread.median <= addedAtMost;
  }
  if (ratio === undefined) return undefined;
  return ratioAtMost !== undefined ? ratio <= ratioAtMost : ratio >= (ratioAtLeast ?? 0);
}
