"""
Runs suites of Python's own test package and prints one line for each test that did not pass:

    python3 python-suite.py test_struct test_asyncio.test_locks ...

The switches below are the test package's own, for platforms without processes (Emscripten, WASI): tests that start programs or fork
skip themselves. The last line counts; the exit status is 0 if nothing failed.
"""

import importlib
import os
import sys
import tempfile
import unittest

import test.support as support

support.has_subprocess_support = False
support.has_fork_support = False
support.use_resources = []


class Result(unittest.TestResult):
    def addError(self, test, err):
        super().addError(test, err)
        self.say("ERROR", test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say("FAIL", test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.say("FAIL", subtest, err)

    def say(self, what, test, err):
        print(what, test.id(), f"{err[0].__name__}: {err[1]}".splitlines()[0][:200], flush=True)
        if os.environ.get("SUITE_TRACE"):
            print(self._exc_info_to_string(err, test), flush=True)

    def startTest(self, test):
        super().startTest(test)
        if os.environ.get("SUITE_NAMES"):
            print("-", test.id(), flush=True)


def run_suite(name, result):
    module = try_import(name)
    if hasattr(module, "test_main") and not hasattr(module, "load_tests"):
        module.test_main()
    else:
        unittest.defaultTestLoader.loadTestsFromName(name).run(result)


def try_import(name):
    try:
        return importlib.import_module(name)
    except unittest.SkipTest as reason:
        print(f"{name} is skipped: {reason}")
    except ImportError:
        # The name of one class or test, or the loader will say what is wrong.
        return None


def main(names):
    os.chdir(tempfile.mkdtemp())
    result = Result()
    # What modules of the old kind end in: test_main(), which collects the tests itself.
    support._run_suite = lambda suite: suite.run(result)
    for name in names:
        run_suite(name if name.startswith("test.") else f"test.{name}", result)
    print(f"{result.testsRun} run, {len(result.failures)} failed, {len(result.errors)} errors, {len(result.skipped)} skipped")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
