"""`hermod plugin check` on the memory provider, the template and IMAP; the installed product; the author's guide."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from servers import kinds

SOURCE = os.environ["HERMOD_SOURCE"]
BUILD = os.environ["HERMOD_BUILD"]
HERMOD = os.path.join(BUILD, "bin", "hermod")
MEMORY = os.path.join(BUILD, "plugins", "hermod-memory.so")
TEMPLATE = os.path.join(BUILD, "plugins", "hermod-template.so")
GUIDE = os.path.join(SOURCE, "docs", "plugins.md")
WITHOUT_CLIENT = "the quirks file names no other client of the mailbox"
FINE_WITHOUT_CLIENT = {"load", "quiet", "resumption", "random-deaths", "declarations", "cancellation"}


def memory_quirks(settings=""):
    return f"""
[account]
device = "{{device}}"
{settings}
[mailbox]
trash = "Trash"
[search]
of_a_message = "{{message_id}}"
senseless = "a (b"
[other_client]
library = "{BUILD}/test-plugins/hermod_memory_client.so"
"""


class PluginCheck(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="hermod-plugin-check-")
        self.addCleanup(shutil.rmtree, self.folder)

    def quirks(self, text):
        path = os.path.join(self.folder, "quirks.toml")
        with open(path, "w") as file:
            file.write(text)
        return path

    def run_check(self, plugin, *options, program=HERMOD):
        return subprocess.run(
            [program, "plugin", "check", plugin, *options], capture_output=True, text=True, timeout=550
        )

    def laws(self, plugin, quirks, code=0, program=HERMOD):
        """The report of every law, by name."""
        done = self.run_check(plugin, "--json", "--quirks", quirks, program=program)
        self.assertTrue(done.stdout, done.stderr)
        laws = {law["law"]: law for law in json.loads(done.stdout)["laws"]}
        self.assertEqual(done.returncode, code, done.stdout)
        return laws

    def results(self, laws):
        by_result = {}
        for name, law in laws.items():
            by_result.setdefault(law["result"], set()).add(name)
        return by_result


class Laws(PluginCheck):
    def test_a_plugin_that_keeps_the_laws_passes_them_all(self):
        laws = self.laws(MEMORY, self.quirks(memory_quirks()))
        self.assertEqual(set(self.results(laws)), {"passed"}, laws)

    def test_what_needs_another_client_is_skipped_where_there_is_none(self):
        quirks = os.path.join(SOURCE, "plugin-api", "template", "quirks.toml")
        laws = self.laws(TEMPLATE, quirks)
        self.assertEqual(self.results(laws)["passed"], FINE_WITHOUT_CLIENT)
        self.assertEqual(self.results(laws)["skipped"], set(laws) - FINE_WITHOUT_CLIENT)
        self.assertEqual(laws["hostile-content"]["reasons"], [WITHOUT_CLIENT])
        self.assertEqual(laws["mutations"]["reasons"], ["the plugin declares no mutations"])

    def test_a_broken_law_fails_alone_with_its_reason(self):
        laws = self.laws(MEMORY, self.quirks(memory_quirks('sabotage = "law8"')), code=1)
        self.assertEqual(self.results(laws)["failed"], {"hostile-content"})
        self.assertTrue(laws["hostile-content"]["reasons"])

    def test_a_crash_is_reported_and_the_other_laws_are_checked(self):
        settings = 'mode = "metadata"\nsabotage = "crash"'
        laws = self.laws(MEMORY, self.quirks(memory_quirks(settings)), code=1)
        self.assertEqual(laws["load"]["result"], "passed")
        self.assertEqual(laws["quiet"]["result"], "crashed")
        self.assertEqual(laws["hostile-content"]["result"], "crashed")
        self.assertIn("signal 6", laws["quiet"]["reasons"][0])

    def test_lines_end_with_the_sums(self):
        done = self.run_check(
            TEMPLATE, "--seed", "7", "--quirks", os.path.join(SOURCE, "plugin-api/template/quirks.toml")
        )
        self.assertEqual(done.stdout.splitlines()[0].split(), ["passed", "0", "load"])
        self.assertEqual(done.stdout.splitlines()[-1], "6 passed, 0 failed, 8 skipped, 0 crashed")


class Refusals(PluginCheck):
    def test_what_is_no_plugin_fails_to_load_and_nothing_else_is_tried(self):
        path = os.path.join(self.folder, "hermod-none.so")
        with open(path, "w") as file:
            file.write("no library")
        laws = self.laws(path, self.quirks(""), code=1)
        self.assertEqual(set(laws), {"load"})
        self.assertIn("could not load", laws["load"]["reasons"][0])

    def test_a_key_that_nobody_knows_is_refused_with_its_line(self):
        for text, line, what in [
            ("[mailbox]\ninbax = 'x'\n", 2, "no key `inbax`"),
            ("[mailbux]\n", 1, "unknown table [mailbux]"),
            ("[mailbox]\n\ninbox = 3\n", 3, "`inbox` cannot be that"),
            ("[mailbox\n", 1, ""),
        ]:
            with self.subTest(text):
                done = self.run_check(MEMORY, "--quirks", self.quirks(text))
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(f"quirks.toml:{line}: ", done.stderr)
                self.assertIn(what, done.stderr)

    def test_another_client_that_cannot_be_run_is_the_reason_that_is_told(self):
        laws = self.laws(MEMORY, self.quirks('[other_client]\ncommand = ["./no-such-program"]\n'), code=1)
        self.assertEqual(laws["convergence"]["reasons"], ["the other client ended"])


class Installed(PluginCheck):
    def test_the_template_is_built_outside_the_tree_and_checked_by_the_installed_program(self):
        prefix = os.path.join(self.folder, "prefix")
        cmake = os.environ["CMAKE_COMMAND"]
        self.must(cmake, "--install", BUILD, "--prefix", prefix)
        plugin = os.path.join(self.folder, "plugin")
        shutil.copytree(os.path.join(prefix, "share", "hermod", "template"), plugin)
        build = os.path.join(plugin, "build")
        self.must(
            cmake, "-G", "Ninja", "-S", plugin, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={os.environ['CXX']}",
        )  # fmt: skip
        self.must(cmake, "--build", build)
        laws = self.laws(
            os.path.join(build, "hermod-template.so"),
            os.path.join(plugin, "quirks.toml"),
            program=os.path.join(prefix, "bin", "hermod"),
        )
        self.assertEqual(self.results(laws)["passed"], FINE_WITHOUT_CLIENT)
        self.assertTrue(os.path.exists(os.path.join(prefix, "lib", "hermod", "plugins", "hermod-imap.so")))

    def must(self, *command):
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Guide(PluginCheck):
    def blocks(self, language):
        with open(GUIDE) as file:
            return re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)

    def test_its_code_compiles_as_one_file(self):
        path = os.path.join(self.folder, "guide.cpp")
        code = self.blocks("cpp")
        self.assertGreater(len(code), 3)
        with open(path, "w") as file:
            file.write("\n".join(code))
        done = subprocess.run(
            [os.environ["CXX"], "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
             "-I", os.path.join(SOURCE, "plugin-api", "include"), path],
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_its_quirks_file_is_one(self):
        (quirks,) = self.blocks("toml")
        done = self.run_check(os.path.join(self.folder, "hermod-none.so"), "--quirks", self.quirks(quirks))
        self.assertEqual(done.returncode, 1, done.stderr)  # 3: the quirks file is refused


class Dovecot(PluginCheck):
    """A real network plugin on a real server, its other client a script of a hundred lines."""

    def test_the_imap_plugin_keeps_the_laws(self):
        client = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imap_client.py")
        counter = os.path.join(self.folder, "users")
        users = {f"user{number}@example.test": "secret" for number in range(1, 200)}
        server = self.enterContext(kinds.server("dovecot_qresync", users=users, special_folders=False))
        quirks = self.quirks(
            f"""
[account]
imap_host = "127.0.0.1"
imap_tls = "none"
[host]
private_hosts = true
[mailbox]
inbox = "INBOX"
connections_end = true
[effort]
rounds = 6
deaths = 8
cancelled_times = 1
cancelled_stride = 3
cut_writes = 8
[search]
of_a_message = "HEADER Message-ID <{{message_id}}>"
senseless = "HEADER Message-ID"
[other_client]
command = ["python3", "-B", "{client}", "{server.describe()["imap_port"]}", "{counter}"]
invalidation = false
"""
        )
        laws = self.laws(os.path.join(BUILD, "plugins", "hermod-imap.so"), quirks)
        self.assertEqual(set(self.results(laws)) - {"skipped"}, {"passed"}, laws)


if __name__ == "__main__":
    unittest.main()
