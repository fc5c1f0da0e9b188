"""Makes the messages of the demo mailbox: every transfer encoding, many charsets, attachments, inline images,
nested messages, calendar invitations, conversations, and a few messages that break the rules as real mail
does.

Deterministic: the same `until` gives the same bytes. Message dates go back from there over nine months.
"""

import email.utils
import random

from servers.maildir import Stored

import parts
import texts

SPAN_S = 270 * 86_400
RECENT_UNREAD_S = 4 * 86_400
NEWSLETTER_ISSUES = 52
TURN_PAUSE_MAX_S = 30 * 3_600
SEED = 20_260_101


def mailbox(until):
    """Returns {folder: [Stored, oldest first]}."""
    composer = _Composer(until)
    folders = {}
    for folder, stored in composer.everything():
        folders.setdefault(folder, []).append(stored)
    for stored in folders.values():
        stored.sort(key=lambda one: one.received_at)
    return folders


class _Composer:
    def __init__(self, until):
        self._until = until
        self._random = random.Random(SEED)
        self._number = 0

    def everything(self):
        for number, conversation in enumerate(texts.CONVERSATIONS):
            for round_number in range(2):  # once long ago, once lately
                yield from self._conversation(number, conversation, round_number)
        yield from self._newsletters()
        yield from self._spam()
        yield from self._invitations()
        yield from self._odd_ones()
        yield from self._old_photos()

    def _conversation(self, number, conversation, round_number):
        language, charset, subject, prefix, turns = conversation
        archive = ("Archive", f"Projects/{'Brückenbau' if language in ('de', 'en') else '橋'}")[number % 2]
        age = self._random.random() * (0.12 if round_number else 0.9) + (0 if round_number else 0.12)
        date = int(self._until - SPAN_S * min(age, 0.99))
        if round_number:
            subject = f"{subject} (2)"
        people = [self._random.choice(texts.PEOPLE[language]), texts.ACCOUNT]
        ids, quoted = [], ""
        for turn, text in enumerate(turns):
            sender, recipient = people[turn % 2], people[(turn + 1) % 2]
            entity = self._letter(text, quoted, charset, turn, attach=text is turns[-1] and number % 3 == 0)
            raw, message_id = self._message(
                sender, [recipient], subject if turn == 0 else prefix + subject, entity, date, charset, ids
            )
            sent = sender is texts.ACCOUNT
            recent = self._until - date < RECENT_UNREAD_S
            flags = "S" if sent or not recent else ""
            flags += "F" if number % 7 == 0 and turn == 0 else ""
            flags += "R" if not sent and turn + 1 < len(turns) else ""
            yield ("Sent" if sent else "INBOX" if round_number else archive), Stored(raw, date, flags)
            ids, quoted = [*ids, message_id], text
            date = min(date + self._random.randint(600, TURN_PAUSE_MAX_S), self._until - 60)

    def _newsletters(self):
        for issue in range(NEWSLETTER_ISSUES):
            for name, address, subject in texts.NEWSLETTERS:
                if self._random.random() < 0.25:
                    continue
                date = int(
                    self._until
                    - SPAN_S * (NEWSLETTER_ISSUES - issue - self._random.random()) / NEWSLETTER_ISSUES
                )
                lines = self._random.sample(texts.LINES, 4)
                html = "".join(f"<p>{line}</p>" for line in lines)
                page = (
                    f'<html><body><h1>{name}</h1><img src="cid:logo@example.test" alt="">{html}</body></html>'
                )
                body = parts.multipart(
                    "alternative",
                    self._boundary(),
                    [
                        parts.text_part("plain", "\r\n\r\n".join(lines), "utf-8", "quoted-printable"),
                        parts.text_part("html", page, "utf-8", "base64"),
                    ],
                )
                if issue % 4 == 0:
                    body = parts.multipart("related", self._boundary(), [body, parts.inline_image(issue)])
                raw, _ = self._message(
                    (name, address),
                    [texts.ACCOUNT],
                    subject.format(n=issue + 1),
                    body,
                    date,
                    "utf-8",
                    [],
                    [
                        f"List-Id: {parts.encoded(name, 'utf-8')} <{address.replace('@', '.')}>",
                        f"List-Unsubscribe: <mailto:{address}?subject=unsubscribe>",
                    ],
                )
                folder = "Newsletter" if issue < NEWSLETTER_ISSUES - 6 else "INBOX"
                yield folder, Stored(
                    raw, date, "" if folder == "INBOX" and self._random.random() < 0.5 else "S"
                )

    def _single(self, folder, sender, recipients, subject, entity, date, flags="S"):
        raw, _ = self._message(sender, recipients, subject, entity, date, "utf-8", [])
        return folder, Stored(raw, date, flags)

    def _spam(self):
        for number, subject in enumerate(texts.SPAM * 3):
            date = int(self._until - 86_400 * (number + self._random.random()))
            lines = "<br>".join(texts.LINES[:2])
            page = f'<html><body bgcolor="#ffff00"><b>{subject}</b><br>{lines}</body></html>'
            entity = parts.text_part("html", page, "utf-8", "8bit")
            sender = ("Prize Desk", f"prize{number}@example.test")
            yield self._single("Junk", sender, [texts.ACCOUNT], subject, entity, date, flags="")

    def _invitations(self):
        """A calendar invitation, and the same forwarded as a message within a message."""
        jane, sam = texts.PEOPLE["en"]
        date = self._until - 20 * 86_400
        text = parts.text_part("plain", "You are invited to the bridge opening.", "us-ascii", "7bit")
        event = parts.invitation(self._until + 7 * 86_400, texts.ACCOUNT[1])
        entity = parts.multipart("mixed", self._boundary(), [text, event])
        subject = "Invitation: Bridge opening"
        folder, stored = self._single("INBOX", jane, [texts.ACCOUNT], subject, entity, date, "SF")
        yield folder, stored
        text = parts.text_part("plain", "See the message below.", "us-ascii", "7bit")
        entity = parts.multipart("mixed", self._boundary(), [text, parts.nested(stored.raw)])
        yield self._single("INBOX", sam, [texts.ACCOUNT], "Fwd: " + subject, entity, date + 900)

    def _odd_ones(self):
        """What standards and habits also allow, or forbid in vain."""
        people = [person for group in texts.PEOPLE.values() for person in group]
        date = self._until - 15 * 86_400
        text = parts.text_part("plain", "Liste im Kopf dieser Nachricht.", "utf-8", "8bit")
        yield self._single("INBOX", people[2], people[:12], "An alle: Übersicht der Beteiligten", text, date)
        text = parts.text_part("plain", "1. Introduction\r\n2. …", "utf-8", "quoted-printable")
        yield self._single(
            "Drafts", texts.ACCOUNT, people[:1], "Notes for the talk – unfinished", text, date, "SD"
        )
        bare = "Subject: neither charset nor date\r\nFrom: old@example.test\r\n\r\nGrüße aus 1996\r\n"
        yield "Archive", Stored(bare.encode("latin-1"), date + 2700, "S")
        raw_head = "From: Zoë <zoe@example.test>\r\nSubject: Größe roh\r\nDate: yesterday\r\n\r\nkurz\r\n"
        yield "Archive", Stored(raw_head.encode(), date + 3600, "S")

    def _old_photos(self):
        for number, person in enumerate(texts.PEOPLE["zh"] * 3):
            text = parts.text_part("plain", "Old photo", "us-ascii", "7bit")
            picture = parts.image(f"照片 {number + 1}.png", number)
            entity = parts.multipart("mixed", self._boundary(), [text, picture])
            date = self._until - 86_400 * (number + 20)
            yield self._single("Trash", person, [texts.ACCOUNT], f"Old photo {number + 1}", entity, date)

    def _letter(self, text, quoted, charset, turn, *, attach):
        answer = text if not quoted else text + "\r\n\r\n> " + quoted
        encoding = {"us-ascii": "7bit", "iso-2022-jp": "7bit"}.get(charset) or (
            "quoted-printable",
            "8bit",
            "base64",
        )[turn % 3]
        body = parts.text_part("plain", answer, charset, encoding)
        if not attach:
            return body
        table = "Pier;Last kN;Höhe m\r\n" + "".join(
            f"{pier};{120 + pier * 7};{pier / 2:.1f}\r\n" for pier in range(40)
        )
        files = [
            parts.attachment("Lasttabelle – Größen.csv", "text/csv; charset=utf-8", table.encode()),
            parts.attachment("plan.pdf", "application/pdf", parts.pdf("Bridge plan")),
            parts.image("foto.png", turn),
        ]
        return parts.multipart("mixed", self._boundary(), [body, *files])

    def _message(self, sender, recipients, subject, entity, date, charset, references, more=()):
        """Returns the bytes and the Message-ID."""
        self._number += 1
        message_id = f"<{self._number}.{self._random.getrandbits(48):x}@example.test>"
        headers = [
            f"From: {parts.address(sender, charset)}",
            "To: "
            + ",\r\n ".join(
                parts.address(one, "utf-8" if len(recipients) > 1 else charset) for one in recipients
            ),
            f"Subject: {parts.encoded(subject, charset)}",
            f"Date: {email.utils.formatdate(date - 5)}",
            f"Message-ID: {message_id}",
            "MIME-Version: 1.0",
            *more,
        ]
        if references:
            headers += [f"In-Reply-To: {references[-1]}", "References: " + "\r\n ".join(references)]
        return "\r\n".join(headers).encode() + b"\r\n" + entity, message_id

    def _boundary(self):
        return f"=_{self._random.getrandbits(96):024x}"
