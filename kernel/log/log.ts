/** The kernel log. (API; see below.) */

export enum LogLevel {
  Error = 0,
  Warning = 1,
  Info = 2,
  Debug = 3,
}

export function logError(text: string): void {
  panic("logError");
}
export function logWarning(text: string): void {
  panic("logWarning");
}
export function logInfo(text: string): void {
  panic("logInfo");
}
export function logDebug(text: string): void {
  panic("logDebug");
}

/** Gets each line of the log, with its newline, as it is written, after what the ring buffer holds already. */
export type LogSink = (line: string) => void;
/** Sends lines of at most `level` to `sink` from now on; null: only the ring buffer keeps them. */
export function logSetSink(sink: LogSink | null, level: LogLevel): void {
  panic("logSetSink");
}
