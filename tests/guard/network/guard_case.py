"""What the tests of runs share."""
import os
import unittest

from world import World, leftovers


class GuardCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("SKIPPED: needs root")
        cls.world = World()

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def tearDown(self):
        self.assertEqual(leftovers(), [], "something of a run is still there")

    def sh(self, *words, **more):
        return self.world.sh(*words, **more)

    def blocked(self, result, domain, **wanted):
        """The first event that says so; every one of that name must."""
        events = [e for e in result.find(event="dns") if e.get("domain", "").rstrip(".").lower() == domain]
        self.assertTrue(events, f"no lookup of {domain} was seen: {result}")
        for event in events:
            self.assertEqual(event["action"], "blocked", result)
            self.assertNotIn(event["attribution"], ("none", ""), result)
        for key, value in wanted.items():
            self.assertEqual(events[0].get(key), value, result)
        return events[0]
