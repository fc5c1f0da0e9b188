"""kill -9 at each durable step of the program, and at random: the end is that of a run which nobody disturbed.

A run is durable_workload.Workload: its end is compared table by table with the undisturbed run's, and with the mail
server. HERMOD_TEST_EACH_PASSING=1 kills at the first, a middle and the last passing of every step, each in a run of its
own, and prints the table of docs/measurements.md; without it a few runs die at one step after another.
"""

import collections
import itertools
import os
import random
import threading
import unittest

from durable_workload import Workload, seed
from servers.dovecot import Dovecot
from servers.postgres import Postgres

EACH_PASSING = bool(os.environ.get("HERMOD_TEST_EACH_PASSING"))
CHAINS = 2
WRITES = 7  # of the workload
RANDOM_RUNS = 10 if EACH_PASSING else 1
RANDOM_KILLS_MAX = 8
RANDOM_PAUSE_MAX_S = 1.5
SEED = int(os.environ.get("HERMOD_TEST_SEED", "1"))
# Passed only where the program has a database of its own.
OF_PRIVATE_CLUSTER = ("cluster_made", "cluster_placed", "database_made")
_numbers = itertools.count(1)


class DurableSteps(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Dovecot())
        cls.database = cls.enterClassContext(Postgres())
        cls.results = []
        cls.addClassCleanup(cls.print_results)
        with cls.workload() as undisturbed:
            notes = os.path.join(undisturbed.hermod.directory, "steps")
            undisturbed.instruct(f"note:{notes}")
            result = undisturbed.run(key=None)
            cls.key = (undisturbed.key, undisturbed.key_hash)
            cls.expected = result.tables
            if result.faults or result.deaths:
                raise AssertionError(f"undisturbed: {result}")
            with open(notes, encoding="ascii") as lines:
                words = [line.split() for line in lines]
        cls.known = [line[1] for line in words if line[0] == "known"]
        cls.passings = collections.Counter(line[0] for line in words if line[0] != "known")

    @classmethod
    def workload(cls, database=True, **options):
        """A run with a fresh user, database and data folder."""
        address = f"user{next(_numbers)}@example.test"
        seed(cls.server, address)
        return Workload(cls.server, cls.database if database else None, address, **options)

    @classmethod
    def print_results(cls):
        for step, passing, faults in cls.results:
            print(f"| `{step}` | {passing} of {cls.passings[step] or 1} | {faults or 'as undisturbed'} |")

    def assert_unharmed(self, result, what):
        self.assertEqual([], result.faults, what)

    def test_every_step_is_passed(self):
        # A step that no run passes is one that no crash was tried at.
        self.assertEqual(sorted(OF_PRIVATE_CLUSTER), sorted(set(self.known) - set(self.passings)))

    @unittest.skipIf(EACH_PASSING, "each step has a run of its own")
    def test_deaths_at_one_step_after_another(self):
        for chain in range(CHAINS):
            steps = list(self.passings)[chain::CHAINS]
            instructions = [f"kill:{step}:1" for step in steps]
            with self.subTest(steps=steps), self.workload(instructions=instructions) as run:
                self.assert_unharmed(run.run(self.key, self.expected), steps)
                missed = run.instructions_left()
            for instruction in missed:  # what the earlier deaths had done already
                self.die_at(instruction)

    @unittest.skipUnless(EACH_PASSING, "HERMOD_TEST_EACH_PASSING is not set")
    def test_death_at_each_passing(self):
        for step, count in self.passings.items():
            for passing in sorted({1, (count + 1) // 2, count}):
                self.die_at(f"kill:{step}:{passing}")

    def die_at(self, instruction):
        _, step, passing = instruction.split(":")
        with self.subTest(instruction), self.workload(instructions=[instruction]) as run:
            result = run.run(self.key, self.expected)
            self.results.append((step, passing, result.faults))
            # The order of concurrent work varies, so the very last passing may not come in this run.
            if passing == "1":
                self.assertEqual(1, result.deaths, "the step was not passed")
            self.assert_unharmed(result, instruction)

    def test_deaths_in_every_kind_of_write(self):
        # One after the other, at each step of the way of each: nothing is lost, and nothing is done twice.
        steps = ("action_added", "action_step_begun", "action_step_confirmed")
        instructions = [f"kill:{step}:1" for step in steps * WRITES]
        with self.workload(instructions=instructions) as run:
            self.assert_unharmed(run.run(self.key, self.expected), instructions)
            self.assertEqual([], run.instructions_left())

    def test_deaths_with_a_private_cluster(self):
        instructions = [f"kill:{step}:1" for step in OF_PRIVATE_CLUSTER] + ["kill:page_committed:2"]
        with self.workload(database=False, instructions=instructions) as run:
            result = run.run(None, self.expected)
            self.assertEqual(len(instructions), result.deaths)
            self.results.extend((step, 1, result.faults) for step in OF_PRIVATE_CLUSTER)
            self.assert_unharmed(result, instructions)

    def test_deaths_at_random(self):
        for number in range(SEED, SEED + RANDOM_RUNS):
            chance = random.Random(number)
            with self.subTest(f"HERMOD_TEST_SEED={number}"), self.workload() as run:
                over = threading.Event()
                killer = threading.Thread(target=self.kill_at_random, args=(run, chance, over))
                killer.start()
                try:
                    result = run.run(self.key, self.expected)
                finally:
                    over.set()
                    killer.join()
                self.assert_unharmed(result, f"HERMOD_TEST_SEED={number}")

    @staticmethod
    def kill_at_random(run, chance, over):
        for _ in range(RANDOM_KILLS_MAX):
            if over.wait(chance.uniform(0, RANDOM_PAUSE_MAX_S)):
                return
            run.hermod.kill_now()
