/** Sentences for what a dynamically linked program misses. */

import { messageAdd, messageSend } from "../../uhyve/message.ts";
import { complain, STATUS_FAILED } from "../complain.ts";
import { type Libraries, MAX_LIBRARIES, NeedError } from "./libraries.ts";

/** The exit status. */
export function complainNeed(libraries: Libraries, error: NeedError, program: string): i32 {
  switch (error) {
    case NeedError.NoInterpreter:
      return say(
        "the loader ",
        libraries.name,
        " of ",
        program,
        " was not found; install the C library that it was built for",
      );
    case NeedError.NoLibrary:
      return say(
        "the library ",
        libraries.name,
        ", which ",
        libraries.wantedBy,
        " needs, was not found; install it, or say where it is with LD_LIBRARY_PATH",
      );
    case NeedError.TooMany:
      return complain("", program, ` needs more than ${u32(MAX_LIBRARIES)} libraries`);
    default:
      return complain("the folders of ", program, "'s libraries are too many or have paths that are too long");
  }
}

function say(first: string, second: string, third: string, fourth: string, fifth: string): i32 {
  messageAdd("hermit: ");
  messageAdd(first);
  messageAdd(second);
  messageAdd(third);
  messageAdd(fourth);
  messageAdd(fifth);
  messageAdd("\n");
  messageSend();
  return STATUS_FAILED;
}
