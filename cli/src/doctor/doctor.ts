/** `hermit doctor`: what this host offers, what `hermit run` will use, and what to install. */

import { outputColors } from "../terminal.ts";
import { examineHost, type Report, type State } from "./checks.ts";

/** Answers the exit status: 1 if no isle works here. */
export function examine(asJson: boolean): number {
  const report = examineHost();
  console.log(asJson ? JSON.stringify(report, undefined, 2) : formatReport(report));
  return report.isle === "none" ? 1 : 0;
}

const COLOURS: Readonly<Record<State, (text: string) => string>> = {
  ok: outputColors.green,
  slow: outputColors.yellow,
  missing: outputColors.yellow,
  unusable: outputColors.red,
};

export function formatReport({ rows, isle, reason }: Report): string {
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  const stateWidth = Math.max(...rows.map((row) => row.state.length));
  const lines = rows.map(
    ({ name, state, detail }) => `${name.padEnd(nameWidth)}  ${COLOURS[state](state.padEnd(stateWidth))}  ${detail}`,
  );
  const packages = rows.flatMap((row) => row.install ?? []);
  const advice =
    packages.length === 0
      ? "Nothing needs to be installed."
      : `To install: sudo apt-get install --no-install-recommends ${packages.join(" ")}`;
  return [...lines, "", `Will be used: ${outputColors.bold(isle)} (${reason})`, advice].join("\n");
}
