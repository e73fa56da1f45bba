/** `hermit ps`: the guests that run on this host, a line each. */

import { outputColors } from "../terminal.ts";
import { type Guest, runningGuests } from "./running.ts";

const HEADINGS = ["PID", "ISLE", "CPUS", "MEMORY", "THREADS", "EXITS", "UPTIME", "PROGRAM"];
/** Numbers stand on the right. */
const RIGHT = new Set(["PID", "CPUS", "MEMORY", "THREADS", "EXITS", "UPTIME"]);
const UNKNOWN = "-";

export function listRunning(asJson: boolean): void {
  const guests = runningGuests();
  console.log(asJson ? JSON.stringify(guests, undefined, 2) : formatGuests(guests));
}

export function formatGuests(guests: readonly Guest[]): string {
  if (guests.length === 0) {
    return "No guest is running (of those that you may see).";
  }
  const rows = [HEADINGS, ...guests.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => pad(text, widths[column] ?? 0, RIGHT.has(HEADINGS[column] ?? "")))
      .join("  ")
      .trimEnd(),
  );
  return [outputColors.bold(lines[0] ?? ""), ...lines.slice(1)].join("\n");
}

function pad(text: string, width: number, isRight: boolean): string {
  return isRight ? text.padStart(width) : text.padEnd(width);
}

function rowOf(guest: Guest): string[] {
  const resident = guest.residentBytes === undefined ? UNKNOWN : formatBytes(guest.residentBytes);
  return [
    `${guest.pid}`,
    guest.isle,
    `${guest.cpus}`,
    `${resident} of ${formatBytes(guest.memoryBytes)}`,
    `${guest.threads ?? UNKNOWN}`,
    `${guest.exits ?? UNKNOWN}`,
    formatDuration(guest.uptimeMs),
    // A line of the list stays a line.
    JSON.stringify(guest.program).slice(1, -1),
  ];
}

export function formatBytes(bytes: number): string {
  const units = ["B", "K", "M", "G", "T"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) {
    return `${(ms / 1000).toFixed(1)}s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes}m${String(seconds % 60).padStart(2, "0")}s`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? `${hours}h${String(minutes % 60).padStart(2, "0")}m`
    : `${Math.floor(hours / 24)}d${String(hours % 24).padStart(2, "0")}h`;
}
