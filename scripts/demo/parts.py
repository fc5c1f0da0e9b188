"""The parts that messages of the demo mailbox are built of: encoded headers, text in any charset and transfer
encoding, multiparts, attachments, and small generated files. Bytes in, bytes out; lines end in CRLF.
"""

import base64
import datetime
import email.header
import email.utils
import quopri
import struct
import zlib


def encoded(text, charset):
    """A header text in encoded words of `charset`, or of UTF-8 where it has no such character."""
    if text.isascii():
        return text
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    return email.header.Header(text, charset, maxlinelen=72).encode(linesep="\r\n")


def address(person, charset):
    name, address = person
    return (
        email.utils.formataddr((name, address)) if name.isascii() else f"{encoded(name, charset)} <{address}>"
    )


def _crlf(lines):
    return lines.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _part(headers, content):
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + content


def text_part(subtype, text, charset, encoding):
    content = (text + "\r\n").encode(charset, "replace")
    if encoding == "base64":
        content = _crlf(base64.encodebytes(content))
    elif encoding == "quoted-printable":
        content = _crlf(quopri.encodestring(content.replace(b"\r\n", b"\n")))
    return _part(
        [f"Content-Type: text/{subtype}; charset={charset}", f"Content-Transfer-Encoding: {encoding}"],
        content,
    )


def multipart(subtype, boundary, parts):
    inside = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return _part(
        [f'Content-Type: multipart/{subtype}; boundary="{boundary}"'], inside + f"--{boundary}--\r\n".encode()
    )


def attachment(name, content_type, data, disposition="attachment", more=()):
    """RFC 2231 names, as mailers write them for other than ASCII."""
    escaped = "".join(f"%{byte:02X}" if byte <= 32 or byte > 126 else chr(byte) for byte in name.encode())
    filename = f'filename="{name}"' if name.isascii() else f"filename*=utf-8''{escaped}"
    return _part(
        [
            f"Content-Type: {content_type}",
            f"Content-Disposition: {disposition}; {filename}",
            "Content-Transfer-Encoding: base64",
            *more,
        ],
        _crlf(base64.encodebytes(data)),
    )


def image(name, number):
    return attachment(name, "image/png", _png(number))


def inline_image(number):
    return attachment("logo.png", "image/png", _png(number), "inline", ["Content-ID: <logo@example.test>"])


def nested(raw):
    return _part(["Content-Type: message/rfc822", "Content-Disposition: attachment"], raw)


def invitation(start_at, attendee):
    start = datetime.datetime.fromtimestamp(start_at, datetime.timezone.utc)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Demo//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:opening@example.test",
        f"DTSTAMP:{start:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        "DURATION:PT1H",
        "SUMMARY:Bridge opening",
        f"ATTENDEE:mailto:{attendee}",
        "ORGANIZER:mailto:jane@example.test",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return _part(
        ["Content-Type: text/calendar; method=REQUEST; charset=utf-8", "Content-Transfer-Encoding: 8bit"],
        "\r\n".join(lines).encode(),
    )


def _png(number, size=96):
    """A picture of coloured stripes."""
    row = b"".join(bytes(((x * 3 + number * 40) % 256, (x * 5) % 256, 160)) for x in range(size))
    pixels = zlib.compress(b"".join(b"\0" + row[y * 3 % 60 :] + row[: y * 3 % 60] for y in range(size)), 9)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pdf(title):
    """One page with a title."""
    stream = f"BT /F1 24 Tf 72 720 Td ({title}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    body, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    trailer = f"trailer << /Size {count} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + f"xref\n0 {count}\n0000000000 65535 f \n" + table + trailer).encode()
