/**
 * Files of the host that a program's C library reads by itself: the time zone (tzfile(5), TZ of tzset(3)) and the locale (locale(7)).
 *
 * A time zone is one small file, so it comes with the boot module and costs no export: /etc/localtime, and what TZ names. A locale
 * is a folder of mapped files, shown only where the environment asks for another one than the "C" that every program has built in.
 */

import { MountError, type MountList } from "../mounts.ts";
import { type PathText, pathAdd, pathClear, pathView } from "../path-text.ts";
import { environmentValue, stringAt, vectorLength } from "../strings.ts";
import { hostHasFolder } from "./host-file.ts";
import { showFile, showPath } from "./show-path.ts";

const LOCAL_TIME = "/etc/localtime";
const ZONES = "/usr/share/zoneinfo/";
const ZONE_REASON = "the time zone";
const LOCALES = "/usr/lib/locale";
/** The locale of the environment that packed images have. */
const PACKED_LOCALE = "/usr/lib/locale/C.utf8";
/** Translations of programs' messages. */
const CATALOGUES = "/usr/share/locale";
const LOCALE_REASON = "locales of the C library";
const COLON = 58;
const DOT = 46;
const SLASH = 47;
const EQUALS = 61;

const path: PathText = zeroed();
const real: PathText = zeroed();

/** Shows the host's time zone and the one that TZ names. */
export function timeZoneShow(list: MountList, environment: Ptr<u64>): MountError {
  const error = showFile(list, LOCAL_TIME, ZONE_REASON);
  const zone = environmentValue(environment, "TZ");
  const start: u32 = zone.length > 0 && zone.byteAt(0) === COLON ? 1 : 0;
  if (error !== MountError.None || start === zone.length) return error;
  pathClear(path);
  if (zone.byteAt(start) !== SLASH) pathAdd(path, ZONES);
  pathAdd(path, zone.slice(start, zone.length));
  return path.isTooLong ? MountError.None : showFile(list, pathView(path), ZONE_REASON);
}

/** Shows the locales, if a variable that chooses one asks for them. */
export function localeShow(list: MountList, environment: Ptr<u64>): MountError {
  const count = vectorLength(environment);
  for (let i: u32 = 0; i < count; i += 1) {
    if (!choosesLocale(stringAt(environment, i))) continue;
    const error = showFolder(list, LOCALES);
    return error === MountError.None && hasMessages(environment) ? showFolder(list, CATALOGUES) : error;
  }
  return MountError.None;
}

/** Whether programs look for messages in another language than their own: not for C.UTF-8. */
function hasMessages(environment: Ptr<u64>): bool {
  const all = environmentValue(environment, "LC_ALL");
  const messages = environmentValue(environment, "LC_MESSAGES");
  const general = environmentValue(environment, "LANG");
  const chosen = all !== "" ? all : messages !== "" ? messages : general;
  return chosen.length > 1 && chosen !== "POSIX" && !(chosen.byteAt(0) === 67 && chosen.byteAt(1) === DOT);
}

/** Shows the locale that a packed image's environment asks for. */
export function localeShowPacked(list: MountList): MountError {
  return showFolder(list, PACKED_LOCALE);
}

function showFolder(list: MountList, folder: string): MountError {
  pathClear(path);
  pathAdd(path, folder);
  return hostHasFolder(path) ? showPath(list, folder, real, LOCALE_REASON) : MountError.None;
}

/** LANG=..., LC_ALL=... and their kin with a value that is not built in. */
function choosesLocale(variable: string): bool {
  let cut: u32 = 0;
  while (cut < variable.length && variable.byteAt(cut) !== EQUALS) cut += 1;
  if (cut === variable.length) return false;
  const name = variable.slice(0, cut);
  const value = variable.slice(cut + 1, variable.length);
  const isChoice = name === "LANG" || (name.length > 3 && name.slice(0, 3) === "LC_");
  return isChoice && value !== "" && value !== "C" && value !== "POSIX";
}
