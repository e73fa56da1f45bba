// The bare profile: the language of the kernel, the monitor and the loader. It is what the compiler does without hooks.

import type { Profile } from "./profile.ts";
import { PRELUDE } from "./program.ts";

export const BARE_PROFILE: Profile = { name: "bare", declarations: [PRELUDE], headers: [] };
