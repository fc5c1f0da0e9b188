"""Webhooks of the real program: challenge, signatures, order, outages, kills, slow destinations, redelivery and replay."""

import threading

from servers.api import ApiError, imap_settings
from servers.listener import Listener
from stage import ADDRESS, StageCase

OTHER_ADDRESS = "other@example.test"
BURST = 60


class WebhookCase(StageCase):
    settings = {"WEBHOOKS_FAILING_AFTER_SECONDS": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)

    def setUp(self):
        self.listener = self.enterContext(Listener())

    def create(self, listener=None, triggers=("message.created",), **more):
        """A webhook that ends with its test; it is gone before its listener."""
        listener = listener or self.listener
        body = {"webhook_url": listener.url(), "trigger_types": list(triggers), **more}
        webhook = self.api.post("/v3/webhooks", body)["data"]
        self.addCleanup(self.delete, webhook["id"])
        return webhook

    def delete(self, webhook_id):
        try:
            self.api.call("DELETE", f"/v3/webhooks/{webhook_id}")
        except ApiError as error:
            if error.status != 404:
                raise

    def deliver(self, *names):
        """Puts messages with these subjects into the mailbox, one after another."""
        with self.server.client(ADDRESS) as client:
            for name in names:
                client.append("INBOX", "", None, f"Subject: {name}\r\n\r\nx\r\n".encode())

    def connect_again(self):
        """The same mailbox, as another grant."""
        settings = {**imap_settings(self.server, ADDRESS), "email": OTHER_ADDRESS}
        grant_id = self.api.post("/v3/connect/custom", {"provider": "imap", "settings": settings})["data"]["id"]
        self.addCleanup(self.api.call, "DELETE", f"/v3/grants/{grant_id}")
        self.wait_until_live(grant_id)
        return grant_id

    def now(self):
        return self.api.get("/v3/changes", cursor="now")["next_cursor"]

    def arrivals(self, cursor, grant_id=None):
        """The ids of the messages that came since, in the feed's order: that in which webhooks are told."""
        wanted, found, more = grant_id or self.grant_id, [], True
        while more:
            page = self.api.get("/v3/changes", cursor=cursor, types="message.created", grant_id=wanted)
            found += [entry["id"] for entry in page["data"] if not entry["initial"]]
            cursor, more = page["next_cursor"], page["has_more"]
        return found

    def assert_told(self, cursor, names, listener=None, grant_id=None):
        """Waits until the listener has been told of these arrivals; each at least once, and in order."""
        listener, wanted = listener or self.listener, grant_id or self.grant_id

        def told():
            return [each for each in listener.first_of_each() if each.object["grant_id"] == wanted]

        self.eventually(
            lambda: {each.subject for each in told()} >= set(names), lambda: f"told {[each.subject for each in told()]}"
        )
        self.assertEqual(sorted(names), sorted(each.subject for each in told()))
        self.assertEqual(self.arrivals(cursor, wanted), [each.object["id"] for each in told()])

    def status(self, webhook):
        return self.api.get(f"/v3/webhooks/{webhook['id']}")["data"]["status"]

    def create_refused(self, url=None):
        with self.assertRaises(ApiError) as refused:
            self.api.post("/v3/webhooks", {"webhook_url": url or self.listener.url(), "trigger_types": ["message.created"]})
        return refused.exception


class Challenge(WebhookCase):
    def test_raw_value_is_asked_for_beside_the_query_of_the_address(self):
        webhook = self.api.post(
            "/v3/webhooks", {"webhook_url": self.listener.url("/hook?tenant=7"), "trigger_types": ["message.created"]}
        )["data"]
        self.addCleanup(self.delete, webhook["id"])
        self.assertEqual(1, len(self.listener.challenges))
        self.assertRegex(self.listener.challenges[0], r"^/hook\?tenant=7&challenge=[0-9a-f]{32}$")

    def test_another_answer_than_the_value_is_refused(self):
        for answer in (
            lambda value: (200, {}, f'"{value}"'.encode()),
            lambda value: (201, {}, value.encode()),
            lambda value: (500, {}, value.encode()),
            lambda _: (200, {}, b"x" * 100_000),
        ):
            self.listener.challenge = answer
            error = self.create_refused()
            self.assertEqual((400, "api.invalid_request_error"), (error.status, error.type))
            self.assertIn("challenge", error.message)
        self.assertEqual([], self.api.get("/v3/webhooks")["data"])

    def test_redirect_is_not_followed(self):
        with Listener() as other:
            self.listener.challenge = lambda value: (302, {"Location": other.url(f"/?challenge={value}")}, b"")
            self.assertEqual(400, self.create_refused().status)
            self.assertEqual([], other.challenges)

    def test_nobody_at_the_address_is_told(self):
        self.listener.stop()
        error = self.create_refused()
        self.assertEqual(400, error.status)
        self.assertIn("challenge", error.message)


class PrivateHosts(StageCase):
    settings = {"ALLOW_PRIVATE_HOSTS": "false"}

    # Loopback by address, and by a name; and what is not TLS.
    def test_private_destinations_are_refused(self):
        with Listener() as listener:
            for url in (
                f"https://127.0.0.1:{listener.port}/",
                f"https://localhost:{listener.port}/",
                f"https://[::1]:{listener.port}/",
                "https://169.254.169.254/latest",
                "https://10.0.0.1/",
                f"http://127.0.0.1:{listener.port}/",
            ):
                with self.subTest(url), self.assertRaises(ApiError) as refused:
                    self.api.post("/v3/webhooks", {"webhook_url": url, "trigger_types": ["message.created"]})
                self.assertEqual(400, refused.exception.status)
            self.assertEqual(0, listener.connections)


class Deliveries(WebhookCase):
    def test_arrival_is_told_signed(self):
        webhook = self.create()
        self.deliver("signed")
        (told,) = self.listener.wait_for(1, subject="signed")
        self.assertTrue(told.signed_by(webhook["webhook_secret"]))
        self.assertEqual("application/json", told.headers["Content-Type"])
        self.assertEqual("1.0", told.json["specversion"])
        self.assertEqual(f"/v3/grants/{self.grant_id}", told.json["source"])
        message = self.api.get(f"/v3/grants/{self.grant_id}/messages", subject="signed")["data"][0]
        self.assertEqual(message, told.object)

    def test_compressed_delivery_signs_what_is_on_the_wire(self):
        webhook = self.create(compressed_delivery=True)
        self.deliver("packed")
        (told,) = self.listener.wait_for(1, subject="packed")
        self.assertEqual("gzip", told.headers["Content-Encoding"])
        self.assertEqual(b"\x1f\x8b", told.raw[:2])
        self.assertTrue(told.signed_by(webhook["webhook_secret"]))

    def test_rotation_ends_the_old_secret(self):
        webhook = self.create()
        rotated = self.api.post(f"/v3/webhooks/rotate-secret/{webhook['id']}", {})["data"]
        self.deliver("after the rotation")
        (told,) = self.listener.wait_for(1, subject="after the rotation")
        self.assertTrue(told.signed_by(rotated["webhook_secret"]))
        self.assertFalse(told.signed_by(webhook["webhook_secret"]))

    def test_message_s_life_is_told_in_order(self):
        self.create(triggers=("message.created", "message.updated", "message.deleted", "thread.created", "folder.created"))
        self.deliver("lives")
        (created,) = self.listener.wait_for(1, type="message.created", subject="lives")
        with self.server.client(ADDRESS) as client:
            client.select("INBOX")
            uid = client.uid("SEARCH", "SUBJECT", '"lives"')[1][0].decode()
            client.uid("STORE", uid, "+FLAGS", r"(\Seen)")
            (updated, *_) = self.listener.wait_for(1, type="message.updated", subject="lives")
            self.assertFalse(updated.object["unread"])
            client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
            client.expunge()
            client.create("Elsewhere")
        (deleted, *_) = self.listener.wait_for(1, type="message.deleted")
        self.assertEqual(
            {"id": created.object["id"], "grant_id": self.grant_id, "object": "message"}, deleted.object
        )
        self.listener.wait_for(1, type="thread.created")
        (folder,) = self.listener.wait_for(1, type="folder.created")
        self.assertEqual("Elsewhere", folder.object["name"])

    # Connect, end of the first sync, a password that is refused from now on, deletion.
    def test_grant_s_life_is_told(self):
        types = ("grant.created", "grant.imap_sync_completed", "grant.expired", "grant.updated", "grant.deleted")
        self.create(triggers=types)
        settings = {**imap_settings(self.server, ADDRESS), "email": "life@example.test"}
        grant_id = self.api.post("/v3/connect/custom", {"provider": "imap", "settings": settings})["data"]["id"]
        self.wait_until_live(grant_id)
        self.listener.wait_for(1, type="grant.imap_sync_completed")
        self.api.call("PATCH", f"/v3/grants/{grant_id}", body={"scope": ["all"]})
        self.listener.wait_for(1, type="grant.updated")
        self.api.call("DELETE", f"/v3/grants/{grant_id}")
        self.listener.wait_for(1, type="grant.deleted")
        told = [(each.type, each.object["code"]) for each in self.listener.first_of_each()]
        self.assertEqual(
            [
                ("grant.created", 25012),
                ("grant.imap_sync_completed", 25012),
                ("grant.updated", 25014),
                ("grant.deleted", 25013),
            ],
            told,
        )
        for each in self.listener.accepted:
            self.assertEqual((grant_id, "imap"), (each.object["grant_id"], each.object["provider"]))

    def test_large_message_is_told_without_its_body(self):
        self.create()
        with self.server.client(ADDRESS) as client:
            client.append("INBOX", "", None, b"Subject: large\r\n\r\n" + (b"y" * 70 + b"\r\n") * 20_000)
        (told,) = self.listener.wait_for(1, subject="large")
        self.assertEqual("message.created.truncated", told.type)
        self.assertNotIn("body", told.object)
        self.assertLessEqual(len(told.raw), 1 << 20)

    def test_test_event_and_its_delivery(self):
        webhook = self.create()
        path = f"/v3/webhooks/{webhook['id']}"
        queued = self.api.post(f"{path}/test", {"trigger_type": "thread.updated"})["data"]
        (told,) = self.listener.wait_for(1, type="thread.updated")
        self.assertEqual(queued["event_id"], told.event_id)
        self.assertTrue(told.signed_by(webhook["webhook_secret"]))

        def delivered():
            return self.api.get(f"{path}/deliveries", status="delivered")["data"]

        (delivery,) = self.eventually(delivered, "it is written down")
        self.assertEqual((queued["id"], 200, 1), (delivery["id"], delivery["response_code"], delivery["attempts"]))

    def test_one_delivery_is_repeated_on_demand(self):
        webhook = self.create()
        self.deliver("repeated")
        (told,) = self.listener.wait_for(1, subject="repeated")
        path = f"/v3/webhooks/{webhook['id']}/deliveries"
        (delivery,) = self.eventually(lambda: self.api.get(path, status="delivered")["data"], "it is written down")
        self.api.post(f"{path}/{delivery['id']}/redeliver", {})
        again = self.listener.wait_for(2, subject="repeated")[1]
        self.assertEqual(told.event_id, again.event_id)

    def test_replay_tells_again_from_the_cursor(self):
        webhook = self.create()
        cursor, names = self.now(), ["replayed 1", "replayed 2", "replayed 3"]
        self.deliver(*names)
        self.assert_told(cursor, names)
        first = [each.event_id for each in self.listener.first_of_each()]
        del self.listener.accepted[:]
        self.api.post(f"/v3/webhooks/{webhook['id']}/replay", {"cursor": cursor})
        self.assert_told(cursor, names)
        self.assertEqual(first, [each.event_id for each in self.listener.first_of_each()])
        self.deliver("after the replay")
        self.listener.wait_for(1, subject="after the replay")

    def test_redirect_to_another_place_is_a_failure(self):
        with Listener() as other:
            self.listener.answer = lambda _: (307, {"Location": other.url("/stolen")})
            webhook = self.create()
            self.deliver("not for others")
            path = f"/v3/webhooks/{webhook['id']}/deliveries"

            def attempted():
                (delivery,) = self.api.get(path)["data"] or [{}]
                return delivery.get("response_code") == 307

            self.eventually(attempted, "the redirect is written down")
            self.assertEqual([], other.received)
            self.listener.answer = 200
            self.listener.wait_for(1, subject="not for others")
            self.assertEqual([], other.received)

    def test_connections_are_kept(self):
        self.create()
        self.deliver(*[f"kept {number}" for number in range(20)])
        self.listener.wait_for(1, subject="kept 19")
        self.assertLessEqual(self.listener.connections, 5)

    def test_metrics_count_without_an_account(self):
        self.create()
        self.deliver("counted")
        self.listener.wait_for(1, subject="counted")

        def counted():
            _, text = self.api.raw("GET", "/metrics")
            lines = [line for line in text.decode().splitlines() if line.startswith("hermod_webhook")]
            self.assertFalse([line for line in lines if self.grant_id in line])
            return any(line.startswith('hermod_webhook_deliveries_total{outcome="delivered"}') for line in lines)

        self.eventually(counted, "the delivery is counted")


class Outages(WebhookCase):
    def test_destination_that_was_down_gets_all_in_order(self):
        cursor, webhook = self.now(), self.create()
        self.listener.stop()
        wanted = [f"down {number}" for number in range(12)]
        self.deliver(*wanted)
        self.eventually(lambda: self.status(webhook) == "failing", "the webhook is failing")
        self.listener.start()
        self.assert_told(cursor, wanted)
        self.eventually(lambda: self.status(webhook) == "active", "the webhook is active again")

    def test_failure_of_one_keeps_the_order_of_its_grant(self):
        failures = iter([500, 503, 500])
        self.listener.answer = lambda told: next(failures, 200) if told.subject == "retried 1" else 200
        cursor = self.now()
        self.create()
        wanted = [f"retried {number}" for number in range(5)]
        self.deliver(*wanted)
        self.assert_told(cursor, wanted)
        tries = [each.subject for each in self.listener.received if each.subject == "retried 1"]
        self.assertEqual(4, len(tries))

    # One that refuses, one that hangs and one that is not there; the healthy one gets everything meanwhile.
    def test_failing_destinations_delay_no_other(self):
        over = threading.Event()
        self.addCleanup(over.set)
        with Listener() as refusing, Listener() as hanging, Listener() as absent:
            refusing.answer = 500

            def hang(_):
                over.wait()
                return 503

            hanging.answer = hang
            for each in (refusing, hanging, absent):
                self.create(each)
            cursor = self.now()
            self.create()
            absent.stop()
            wanted = [f"healthy {number}" for number in range(30)]
            self.deliver(*wanted)
            self.assert_told(cursor, wanted)
            self.assertEqual([], refusing.accepted + hanging.accepted)
            over.set()

    def test_stop_and_start_lose_nothing(self):
        cursor, webhook = self.now(), self.create()
        self.listener.answer = 500
        self.deliver("over the stop 1", "over the stop 2")
        self.eventually(lambda: self.listener.received, "the first try")
        self.assertEqual(0, self.hermod.stop())
        self.hermod.start()
        self.listener.answer = 200
        self.assert_told(cursor, ["over the stop 1", "over the stop 2"])
        self.assertIn(self.status(webhook), ("active", "failing"))


class Kills(WebhookCase):
    # kill -9 during a burst into two grants: each at least once, in its grant's order, under one event id.
    def test_burst_survives_kills(self):
        other = self.connect_again()
        cursor = self.now()
        self.create()
        wanted = [f"burst {number}" for number in range(BURST)]
        burst = threading.Thread(target=self.deliver, args=wanted)
        burst.start()
        for count in (BURST // 6, BURST // 2):
            self.eventually(lambda count=count: len(self.listener.received) >= count, "the burst goes on")
            self.hermod.kill()
            self.hermod.start()
        burst.join()

        for grant in (self.grant_id, other):
            self.assert_told(cursor, wanted, grant_id=grant)
        by_message = {}
        for each in self.listener.received:
            by_message.setdefault(each.object["id"], set()).add(each.event_id)
        self.assertEqual({1}, {len(event_ids) for event_ids in by_message.values()})
