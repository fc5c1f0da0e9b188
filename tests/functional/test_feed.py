"""The change feed of the real program: pages, long polls and streams, through kills, slow readers and many clients."""

import http.client
import json
import subprocess
import threading

from change_log import as_logged, entries_after, first_difference, last_position
from event_stream import Stream
from sample_mailbox import generate, seed_server
from servers.api import ApiError, imap_settings
from stage import ADDRESS, StageCase

MESSAGES = 12
CLIENTS = 200
LARGE, LARGE_BYTES = 6, 2_000_000


def subject_is(subject):
    return lambda _, entry: (entry.get("data") or {}).get("subject") == subject


class FeedCase(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        seed_server(cls.server, ADDRESS, generate(MESSAGES))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)
        cls.feed = f"/v3/grants/{cls.grant_id}/changes"

    def deliver(self, subject):
        with self.server.client(ADDRESS) as client:
            client.append("INBOX", "", None, f"Subject: {subject}\r\n\r\nx\r\n".encode())

    def pages(self, path, cursor=None, **query):
        """All entries from the cursor to the end of the log, and the cursor there."""
        entries = []
        while True:
            answer = self.api.get(path, **query, **({"cursor": cursor} if cursor else {}))
            entries += answer["data"]
            cursor = answer["next_cursor"]
            if not answer["has_more"]:
                return entries, cursor

    def now(self, path=None):
        return self.api.get(path or self.feed, cursor="now")["next_cursor"]


class Feed(FeedCase):
    # A reader that starts anywhere ends with what the API lists.
    def test_snapshot_then_log_is_the_mailbox(self):
        entries, cursor = self.pages(self.feed, limit=5, include="data")
        messages = {entry["id"]: entry["data"] for entry in entries if entry["object"] == "message"}
        listed = {message["id"]: message for message in self.api.items(f"/v3/grants/{self.grant_id}/messages")}
        self.assertEqual(set(listed), set(messages))
        self.assertEqual({"grant", "folder", "thread", "message"}, {entry["object"] for entry in entries})
        self.deliver("after the snapshot")
        answer = self.api.get(self.feed, cursor=cursor, wait=30, include="data", types="message.created")
        self.assertEqual(["after the snapshot"], [entry["data"]["subject"] for entry in answer["data"]])

    # All grants in one feed: what the change log's table holds, each entry once, however it is paged.
    def test_application_feed_is_the_log(self):
        conninfo = f"host={self.hermod.data_dir}/postgres/socket user=hermod dbname=hermod"

        def beginning():
            position, cursor = last_position(conninfo), self.now("/v3/changes")
            return (position, cursor) if position == last_position(conninfo) else None

        position, cursor = self.eventually(beginning, "the log rests")
        for number in range(3):
            self.deliver(f"for everyone {number}")
        self.api.get("/v3/changes", cursor=cursor, wait=30, types="message.created")
        self.deliver("for everyone at last")
        found = {}

        def equal(limit):
            entries = [as_logged(entry) for entry in self.pages("/v3/changes", cursor, limit=limit)[0]]
            logged = entries_after(conninfo, position)
            found["difference"] = first_difference(logged, entries)
            messages = [entry for entry in entries if entry[1:3] == ("message", "created")]
            return not found["difference"] and len(messages) == 4

        for limit in (1, 2, 1000):
            self.eventually(lambda limit=limit: equal(limit), lambda: found)

    def test_long_poll_ends_with_nothing_when_nothing_comes(self):
        cursor = self.now()
        answer = self.api.get(self.feed, cursor=cursor, wait=1, types="grant.deleted")
        self.assertEqual([], answer["data"])
        self.assertFalse(answer["has_more"])
        self.assertEqual([], self.api.get(self.feed, cursor=answer["next_cursor"], types="grant.deleted")["data"])

    def test_stream_tells_a_message_s_whole_life(self):
        with Stream(self.hermod, self.key, f"{self.feed}?cursor=now&include=data") as stream:
            self.assertEqual(200, stream.answer.status)
            self.assertEqual("text/event-stream", stream.answer.getheader("Content-Type"))
            self.deliver("lives")
            name, entry = stream.until(subject_is("lives"))[-1]
            self.assertEqual("message.created", name)
            self.assertFalse(entry["initial"])
            with self.server.client(ADDRESS) as client:
                client.select("INBOX")
                uid = client.uid("SEARCH", "SUBJECT", '"lives"')[1][0].decode()
                client.uid("STORE", uid, "+FLAGS", r"(\Seen)")
                name, updated = stream.until(lambda n, e: e["id"] == entry["id"] and "unread" in e["changed"])[-1]
                self.assertEqual("message.updated", name)
                self.assertFalse(updated["data"]["unread"])
                client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
                client.expunge()
            name, gone = stream.until(lambda n, e: e["id"] == entry["id"] and e["type"] == "deleted")[-1]
            self.assertIsNone(gone["data"])

    def test_stream_sends_only_the_types_asked_for(self):
        with Stream(self.hermod, self.key, f"{self.feed}?cursor=now&types=message.created&include=data") as stream:
            self.deliver("first of a type")
            self.deliver("second of a type")
            seen = stream.until(subject_is("second of a type"))
            self.assertEqual({"message.created"}, {name for name, _ in seen})

    def test_foreign_and_damaged_cursors_are_refused(self):
        of_grant, of_all = self.now(), self.now("/v3/changes")
        for path, cursor in ((self.feed, of_all), ("/v3/changes", of_grant), (self.feed, of_grant[:-1] + "?")):
            with self.assertRaises(ApiError) as refused:
                self.api.get(path, cursor=cursor)
            self.assertEqual(400, refused.exception.status)

    def test_many_streams_get_one_event(self):
        streams = [Stream(self.hermod, self.key, "/v3/changes?cursor=now&types=message&include=data") for _ in range(CLIENTS)]
        try:
            self.deliver("to all")
            for stream in streams:
                stream.until(subject_is("to all"))
        finally:
            for stream in streams:
                stream.__exit__()

    def test_revoked_key_ends_its_stream(self):
        key = self.hermod.create_key("revoked")
        listed = self.hermod.command("key", "list")
        key_id = next(line.split()[0] for line in listed.splitlines() if "revoked" in line)
        with Stream(self.hermod, key, f"{self.feed}?cursor=now") as stream:
            self.hermod.command("key", "revoke", key_id)
            self.assertIsNone(stream.next_event())

    def test_listen_prints_a_line_a_change(self):
        command = [self.hermod.binary, "listen", "--grant", ADDRESS, "--types", "message.created", "--include-data",
                   "--cursor", self.now()]
        with subprocess.Popen(command, env=self.hermod.environment(), stdout=subprocess.PIPE, text=True) as listener:
            try:
                self.deliver("heard")
                entry = json.loads(listener.stdout.readline())
                self.assertEqual("heard", entry["data"]["subject"])
            finally:
                listener.terminate()
            self.assertEqual(0, listener.wait(60))

    def test_metrics_tell_who_waits(self):
        with Stream(self.hermod, self.key, f"{self.feed}?cursor=now"):
            def counted():
                _, text = self.api.raw("GET", "/metrics")
                return b'hermod_feed_clients{kind="stream"} 0' not in text and b"hermod_feed_lag_seconds" in text
            self.eventually(counted, "the stream is counted")


class FeedThroughKills(FeedCase):
    # Nothing is lost and nothing comes twice: the cursor is all that a reader needs.
    def test_stream_resumes_after_kill(self):
        path = f"{self.feed}?include=data&types=message.created"
        with Stream(self.hermod, self.key, f"{path}&cursor=now") as stream:
            self.deliver("before the kill")
            stream.until(subject_is("before the kill"))
            self.hermod.kill_now()
            self.assertRaises_or_end(stream)
            last_id = stream.last_id
        self.deliver("while it was down")
        self.hermod.start()
        with Stream(self.hermod, self.key, path, last_id) as stream:
            seen = stream.until(subject_is("while it was down"))
            self.deliver("after the kill")
            seen += stream.until(subject_is("after the kill"))
            subjects = [entry["data"]["subject"] for _, entry in seen]
            self.assertEqual(["while it was down", "after the kill"], subjects)

    def assertRaises_or_end(self, stream):
        try:
            self.assertIsNone(stream.next_event())
        except (OSError, http.client.HTTPException):
            pass


class FeedEnds(FeedCase):
    settings = {"FEED_STALLED_SECONDS": 1, "FEED_CLIENTS_MAX": 3}

    # It takes nothing while more is for it than the connection holds. What it had got is a beginning, and its cursor
    # leads to the rest.
    def test_slow_reader_is_cut_and_resumes(self):
        text = "x" * LARGE_BYTES
        with self.server.client(ADDRESS) as client:
            for number in range(LARGE):
                client.append("INBOX", "", None, f"Subject: large {number}\r\n\r\n{text}\r\n".encode())
        found = f"/v3/grants/{self.grant_id}/messages"
        self.eventually(lambda: len(self.api.get(found, subject="large", select="id")["data"]) == LARGE, "all arrive")
        path = f"{self.feed}?include=data&types=message"
        whole = [entry["id"] for entry in self.pages(self.feed, types="message")[0]]

        def was_cut():
            _, metrics = self.api.raw("GET", "/metrics")
            return b"hermod_feed_clients_cut_total 1" in metrics

        with Stream(self.hermod, self.key, path, receive_bytes=4096) as stream:
            self.eventually(was_cut, "the slow reader is cut")
            seen = []
            try:
                while event := stream.next_event():
                    seen.append(event[1]["id"])
            except (OSError, http.client.HTTPException):
                pass
            last_id = stream.last_id
        self.assertLess(len(seen), len(whole))
        with Stream(self.hermod, self.key, path, last_id) as stream:
            while len(seen) < len(whole):
                seen.append(stream.next_event()[1]["id"])
        self.assertEqual(whole, seen)

    def test_more_clients_than_places_are_told_to_wait(self):
        streams = [Stream(self.hermod, self.key, f"{self.feed}?cursor=now") for _ in range(3)]
        try:
            with Stream(self.hermod, self.key, f"{self.feed}?cursor=now") as refused:
                self.assertEqual(503, refused.answer.status)
                self.assertTrue(refused.answer.getheader("Retry-After"))
        finally:
            for stream in streams:
                stream.__exit__()

        def taken_again():
            with Stream(self.hermod, self.key, f"{self.feed}?cursor=now") as stream:
                return stream.answer.status == 200
        self.eventually(taken_again, "the places are free again")

    def test_deleted_grant_ends_its_stream(self):
        other = self.connect_again()
        with Stream(self.hermod, self.key, f"/v3/grants/{other}/changes?cursor=now&types=grant") as stream:
            self.api.call("DELETE", f"/v3/grants/{other}")
            name, _ = stream.until(lambda name, _: name == "grant.deleted")[-1]
            self.assertIsNone(stream.next_event())

    def connect_again(self):
        """The same mailbox, connected by an address of its own."""
        settings = {**imap_settings(self.server, ADDRESS), "email": "other@example.test"}
        return self.api.post("/v3/connect/custom", {"provider": "imap", "settings": settings})["data"]["id"]


class FeedStops(FeedCase):
    def test_streams_end_cleanly_at_the_stop(self):
        stream = Stream(self.hermod, self.key, f"{self.feed}?cursor=now")
        polled = []
        poll = threading.Thread(
            target=lambda: polled.append(self.hermod.api(self.key).get(self.feed, cursor=cursor, wait=60))
        )
        cursor = self.now()
        poll.start()

        def both_wait():
            _, text = self.api.raw("GET", "/metrics")
            return b'hermod_feed_clients{kind="stream"} 1' in text and b'hermod_feed_clients{kind="poll"} 1' in text
        self.eventually(both_wait, "both wait")
        self.assertEqual(0, self.hermod.stop())
        self.assertIsNone(stream.next_event())
        poll.join()
        self.assertEqual([], polled[0]["data"])
        stream.__exit__()
