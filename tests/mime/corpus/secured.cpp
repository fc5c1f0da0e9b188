// Signed and encrypted messages (RFC 1847, 8551, 3156, 4880 §6.2): kept byte by byte, their readable text
// shown.
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

const std::string der("\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x80\x30\x80\x02\x01\x01\0\0",
                      22);
const std::string armour =
    "-----BEGIN PGP MESSAGE-----\nVersion: "
    "x\n\nhIwDY32hYGCE8MkBA/wOu7d45aUxF4Q0RKJprD3v5Z9K1YcRJ2fve87lMlDlx4Oj\n"
    "=g3e5\n-----END PGP MESSAGE-----";
const std::string signature =
    "-----BEGIN PGP "
    "SIGNATURE-----\n\niQCVAwUBMJrRF2N9oWBghPDJAQE9UQQAtl7LuRVndBjrk4EqYBIb3h5QXIX/LC//\n=a3Kd\n"
    "-----END PGP SIGNATURE-----";

}  // namespace

std::vector<Message> secured_messages() {
  return {
      {.name = "smime_signed",
       .raw = head() +
              "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; "
              "boundary=b\n\n--b\nContent-Type: text/plain\n\nThe text. \n--b\nContent-Type: "
              "application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\n" +
              base64_lines(der) + "--b--\n",
       .text = "The text.",
       .files = {{"smime.p7s", "application/pkcs7-signature", der}}},
      {.name = "smime_signed_with_files",
       .raw =
           head() +
           "Content-Type: multipart/signed; protocol=\"application/x-pkcs7-signature\"; micalg=sha1; "
           "boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ntext\n--c\nContent-Type: "
           "image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n" +
           base64_lines("png") +
           "--c--\n\n--b\nContent-Type: application/x-pkcs7-signature; name=smime.p7s\n"
           "Content-Transfer-Encoding: base64\n\n" +
           base64_lines(der) + "--b--\n",
       .text = "text",
       .files = {{"a.png", "image/png", "png"}, {"smime.p7s", "application/x-pkcs7-signature", der}}},
      {.name = "smime_opaque",
       .raw = head() +
              "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n"
              "Content-Disposition: attachment; filename=smime.p7m\nContent-Transfer-Encoding: base64\n\n" +
              base64_lines(der),
       .files = {{"smime.p7m", "application/pkcs7-mime", der}}},
      {.name = "smime_encrypted_without_name",
       .raw = head() +
              "Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\n"
              "Content-Transfer-Encoding: base64\n\n" +
              base64_lines(der),
       .files = {{"attachment-1.p7m", "application/x-pkcs7-mime", der}}},
      {.name = "pgp_mime_signed",
       .raw = head() +
              "Content-Type: multipart/signed; micalg=pgp-md5; protocol=\"application/pgp-signature\"; "
              "boundary=bar\n\n--bar\nContent-Type: text/plain; charset=iso-8859-1\n"
              "Content-Transfer-Encoding: quoted-printable\n\n& =A1Hola!\n\n--bar\n"
              "Content-Type: application/pgp-signature\n\n" +
              signature + "\n--bar--\n",
       .text = "& ¡Hola!",
       .files = {{"attachment-1.asc", "application/pgp-signature", signature}}},
      {.name = "pgp_mime_encrypted",
       .raw = head() +
              "Content-Type: multipart/encrypted; boundary=foo; protocol=\"application/pgp-encrypted\"\n\n"
              "--foo\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--foo\n"
              "Content-Type: application/octet-stream; name=encrypted.asc\n\n" +
              armour + "\n--foo--\n",
       .files = {{"attachment-1.pgp", "application/pgp-encrypted", "Version: 1"},
                 {"encrypted.asc", "application/octet-stream", armour}}},
      {.name = "pgp_inline", .raw = head() + "\n" + armour + "\n", .text = armour},
      {.name = "pgp_inline_signed",
       .raw = head() + "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe text.\n- -- \nAnn\n" +
              signature + "\n",
       .text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe text.\n- -- \nAnn\n" + signature},
      {.name = "dkim_and_arc_headers_do_not_disturb",
       .raw = "DKIM-Signature: v=1; a=rsa-sha256; d=example.test; s=x;\n bh=" + std::string(44, 'A') +
              ";\n b=" + std::string(300, 'B') + "\n" + head() + "\ntext\n",
       .text = "text"},
  };
}

}  // namespace hermod::mime::corpus
