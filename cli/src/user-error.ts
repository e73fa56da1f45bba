/** A failure that the user can mend: `message` is one sentence that says what is wrong and what to do. Anything else is a bug. */
export class UserError extends Error {}

/** The code of a failed system call ("ENOENT"), or undefined for other errors. */
export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
