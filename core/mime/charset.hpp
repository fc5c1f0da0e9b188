// Bytes of any charset → UTF-8, by what the bytes are rather than by what their label says.
//
// The ladder: UTF-8 if there is enough of it to be no accident; the label's converter, strictly; then strict
// UTF-8; ISO-2022 if there are escape sequences; the label again if nearly all of the text fits it;
// detection; windows-1252. What still does not decode becomes U+FFFD, never nothing. Labels are read
// leniently; those of no meaning (us-ascii, unknown-8bit, …) and iso-8859-1 mean "UTF-8, else windows-1252",
// or what is detected if hardly a letter is ASCII. UTF-7 is read only if it is labelled, never detected: it
// smuggles markup. Converters are ICU's; every call opens its own, so any thread may call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hermod::mime {

enum class CharsetOutcome : std::uint8_t {
  as_labelled,
  guessed,   // decoded without loss, but not as labelled
  replaced,  // at least one U+FFFD stands for bytes that could not be decoded
};

struct DecodedText {
  std::string text;  // valid UTF-8 without NUL and without a byte order mark
  CharsetOutcome outcome = CharsetOutcome::as_labelled;
};

DecodedText decode_charset(std::string_view bytes, std::string_view label);

// Text that was UTF-8, taken for windows-1252 and encoded once more ("CafÃ©"): undone only if the whole text
// maps back to valid UTF-8, with at least two characters of that kind. Gives false if the text was left
// alone.
bool repair_double_encoding(std::string& text);

}  // namespace hermod::mime
