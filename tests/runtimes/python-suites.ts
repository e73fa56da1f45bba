/**
 * Suites of Python's own test package (Debian: libpython3.11-testsuite) and what they come to in a guest. Each runs through
 * python-suite.py, which tells the test package that there are no processes: tests that start programs or fork skip themselves by the
 * package's own switch. What fails besides is named here with the reason; anything else that fails is a fault.
 *
 * `npm run test:python` runs them all; `isQuick` marks those that `npm test` runs.
 */

export interface PythonSuite {
  readonly name: string;
  readonly isQuick?: boolean;
  /** Test identifiers that fail, as regular expressions, and why. */
  readonly fails?: readonly { readonly tests: RegExp; readonly reason: string }[];
}

const NO_SOCKETS = "there are no sockets with names yet: socketpair only";
const NO_PROCESS = "starts a process, without the test package's mark for it";
const SAME_USER = "changes user or groups, which a guest keeps as the host's";

export const PYTHON_SUITES: readonly PythonSuite[] = [
  { name: "test_struct", isQuick: true },
  { name: "test_mmap", isQuick: true },
  { name: "test_tempfile", isQuick: true },
  { name: "test_file", isQuick: true },
  { name: "test_fileio", isQuick: true },
  { name: "test_largefile", isQuick: true },
  { name: "test_memoryio", isQuick: true },
  { name: "test_glob", isQuick: true },
  { name: "test_select", isQuick: true },
  { name: "test_csv", isQuick: true },
  { name: "test_shutil" },
  { name: "test_threading" },
  { name: "test_queue" },
  { name: "test_json" },
  { name: "test_math" },
  { name: "test_hashlib" },
  { name: "test_selectors" },
  { name: "test_time" },
  { name: "test_zlib" },
  { name: "test_gzip" },
  { name: "test_bz2" },
  { name: "test_lzma" },
  { name: "test_bytes" },
  { name: "test_collections" },
  { name: "test_itertools" },
  { name: "test_datetime" },
  { name: "test_unicode" },
  { name: "test_pickle" },
  { name: "test_io" },
  { name: "test_random" },
  { name: "test_float" },
  { name: "test_int" },
  { name: "test_list" },
  { name: "test_dict" },
  { name: "test_fnmatch" },
  { name: "test_mailbox" },
  { name: "test_zipfile" },
  { name: "test_array" },
  { name: "test_base64" },
  { name: "test_binascii" },
  { name: "test_bisect" },
  { name: "test_codecs" },
  { name: "test_configparser" },
  { name: "test_copy" },
  { name: "test_decimal" },
  { name: "test_difflib" },
  { name: "test_email" },
  { name: "test_fractions" },
  { name: "test_heapq" },
  { name: "test_html" },
  { name: "test_htmlparser" },
  { name: "test_minidom" },
  { name: "test_pprint" },
  { name: "test_pyexpat" },
  { name: "test_sax" },
  { name: "test_set" },
  { name: "test_string" },
  { name: "test_textwrap" },
  { name: "test_urlparse" },
  { name: "test_uuid" },
  { name: "test_xml_etree" },
  { name: "test_xml_etree_c" },
  { name: "test_zipimport" },
  { name: "test_asyncio.test_futures2" },
  { name: "test_asyncio.test_locks" },
  { name: "test_asyncio.test_queues" },
  { name: "test_asyncio.test_tasks" },
  { name: "test_asyncio.test_taskgroups" },
  { name: "test_asyncio.test_timeouts" },
  { name: "test_asyncio.test_context" },
  { name: "test_asyncio.test_protocols" },
  { name: "test_asyncio.test_transports" },
  { name: "test_asyncio.test_pep492" },
  { name: "test_asyncio.test_runners" },
  { name: "test_asyncio.test_threads" },
  {
    name: "test_asyncio.test_buffered_proto",
    fails: [{ tests: /test_buffered_proto_create_connection$/, reason: NO_SOCKETS }],
  },
  {
    name: "test_signal",
    isQuick: true,
    fails: [{ tests: /WakeupFDTests\.test_(invalid_socket|set_wakeup_fd_socket_result)$/, reason: NO_SOCKETS }],
  },
  {
    name: "test_fcntl",
    isQuick: true,
    fails: [
      { tests: /TestFcntl\.test_lockf_(exclusive|share)$/, reason: NO_PROCESS },
      { tests: /TestFcntl\.test_fcntl_64_bit$/, reason: "F_NOTIFY: directories do not tell of changes" },
    ],
  },
  { name: "test_re", fails: [{ tests: /ReTests\.test_regression_gh94675$/, reason: NO_PROCESS }] },
  { name: "test_pathlib", fails: [{ tests: /PathTest\.test_is_socket_true$/, reason: NO_SOCKETS }] },
  {
    name: "test_os",
    fails: [
      { tests: /TestSendfile\./, reason: NO_SOCKETS },
      { tests: /TermsizeTests\.test_stty_match$/, reason: NO_PROCESS },
    ],
  },
  {
    name: "test_posix",
    fails: [
      { tests: /TestPosixSpawnP?\./, reason: NO_PROCESS },
      { tests: /PosixGroupsTester\.test_(initgroups|setgroups)$/, reason: SAME_USER },
      { tests: /test_get_and_set_scheduler_and_param$/, reason: "asks about the parent, which lies outside the guest" },
    ],
  },
];
