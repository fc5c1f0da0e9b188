#include <core/mime/charset.hpp>

#include <iconv.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucsdet.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <memory>
#include <optional>

#include <core/mime/ascii.hpp>
#include <core/mime/charset_label.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t detection_bytes_max = std::size_t{64} << 10;  // more does not make the guess better
constexpr std::size_t detection_bytes_min = 12;        // fewer tell nothing, and detection is what costs most
constexpr std::int32_t detection_confidence_min = 50;  // of 100; below it windows-1252 is likelier
constexpr std::size_t utf8_sequences_min = 8;          // text of another charset has not so many by chance
constexpr std::size_t characters_per_replacement_min = 20;  // a label with fewer is taken for wrong

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
struct CloseDetector {
  void operator()(UCharsetDetector* detector) const { ucsdet_close(detector); }
};

struct Conversion {
  std::string text;
  std::size_t replaced = 0;
  std::size_t characters = 0;  // beyond ASCII
};

// ICU calls this for bytes it cannot decode (reasons up to "irregular") and on reset and close.
void count_and_replace(const void* context, UConverterToUnicodeArgs* arguments, const char* /*bytes*/,
                       std::int32_t /*length*/, UConverterCallbackReason reason, UErrorCode* status) {
  if (reason > UCNV_IRREGULAR) return;
  if (reason ==
      UCNV_IRREGULAR) {  // an escape sequence without text behind it: joined encoded words have them
    *status = U_ZERO_ERROR;
    return;
  }
  ++*static_cast<std::size_t*>(const_cast<void*>(context));
  constexpr UChar replacement = 0xFFFD;
  *status = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(arguments, &replacement, 1, 0, status);
}

void append_utf16(Conversion& out, const UChar* units, std::size_t count, char16_t& lead) {
  for (std::size_t i = 0; i < count; ++i) {
    const char16_t unit = units[i];
    if (unit < 0x80 && lead == 0) {
      out.text += static_cast<char>(unit);
      continue;
    }
    if (U16_IS_LEAD(unit)) {
      lead = unit;
      continue;
    }
    const bool pair = lead != 0 && U16_IS_TRAIL(unit);
    ++out.characters;
    append_code_point(out.text, pair ? static_cast<char32_t>(U16_GET_SUPPLEMENTARY(lead, unit))
                                     : (U16_IS_SURROGATE(unit) ? char32_t{0xFFFD} : char32_t{unit}));
    lead = 0;
  }
}

// The C library knows some charsets that ICU does not (ISO-8859-16, KOI8-T, VISCII, Kazakh ones).
std::optional<Conversion> convert_by_iconv(std::string_view bytes, const std::string& name) {
  const bool plausible = std::ranges::all_of(name, [](char c) {
    return ascii_letter(c) || ascii_digit(c) || c == '-' || c == '_' || c == '.' || c == ':';
  });
  if (!plausible) return std::nullopt;
  const iconv_t converter = iconv_open("UTF-8", name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  Conversion out;
  char* from = const_cast<char*>(bytes.data());  // iconv's signature; nothing is written
  std::size_t left = bytes.size();
  while (left > 0) {
    char units[2048];
    char* to = units;
    std::size_t room = sizeof units;
    const bool failed = iconv(converter, &from, &left, &to, &room) == static_cast<std::size_t>(-1);
    out.text.append(units, to);
    if (!failed || to != units) continue;
    out.text.append(replacement_character);
    ++out.replaced;
    ++from;
    --left;
  }
  iconv_close(converter);
  out.characters = count_utf8(out.text).valid;
  return out;
}

// Nothing if there is no such converter.
std::optional<Conversion> convert(std::string_view bytes, const std::string& name) {
  if (name.empty()) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(name.c_str(), &status));
  if (U_FAILURE(status)) return convert_by_iconv(bytes, name);
  Conversion out;
  ucnv_setToUCallBack(converter.get(), count_and_replace, &out.replaced, nullptr, nullptr, &status);
  out.text.reserve(bytes.size() + bytes.size() / 2);
  char16_t lead = 0;
  const char* source = bytes.data();
  do {
    UChar units[2048];
    UChar* target = units;
    status = U_ZERO_ERROR;
    ucnv_toUnicode(converter.get(), &target, std::end(units), &source, bytes.data() + bytes.size(), nullptr,
                   1, &status);
    append_utf16(out, units, static_cast<std::size_t>(target - units), lead);
  } while (status == U_BUFFER_OVERFLOW_ERROR);
  // The converter is closed with a callback that refers to `out`; closing counts nothing.
  if (U_FAILURE(status)) return std::nullopt;
  return out;
}

DecodedText stored(std::string_view text, CharsetOutcome outcome) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return {storable_utf8(text), outcome};
}

std::string detect(std::string_view bytes) {
  if (bytes.size() < detection_bytes_min) return {};
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, CloseDetector> detector(ucsdet_open(&status));
  if (U_FAILURE(status)) return {};
  const std::string_view sample = bytes.substr(0, detection_bytes_max);
  ucsdet_setText(detector.get(), sample.data(), static_cast<std::int32_t>(sample.size()), &status);
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &status);
  if (U_FAILURE(status) || match == nullptr ||
      ucsdet_getConfidence(match, &status) < detection_confidence_min)
    return {};
  const char* name = ucsdet_getName(match, &status);
  return U_SUCCESS(status) ? charset_from_label(name).name : std::string();
}

bool has_escape_sequence(std::string_view bytes) {
  return bytes.find("\x1B$") != std::string_view::npos || bytes.find("\x1B(") != std::string_view::npos;
}

std::optional<DecodedText> decode_escape_sequences(std::string_view bytes) {
  if (!has_escape_sequence(bytes)) return std::nullopt;
  const auto japanese = convert(bytes, "iso-2022-jp");
  if (!japanese || japanese->replaced != 0) return std::nullopt;
  return stored(japanese->text, CharsetOutcome::guessed);
}

// Where most letters are beyond ASCII, the language is not one that windows-1252 is for.
bool is_mostly_beyond_ascii(std::string_view bytes) {
  const std::string_view sample = bytes.substr(0, detection_bytes_max);
  if (sample.size() < detection_bytes_min) return false;
  const auto high =
      std::ranges::count_if(sample, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return high > std::ranges::count_if(sample, ascii_letter);
}

DecodedText decode_windows_1252(std::string_view bytes) {
  const auto western = convert(bytes, "windows-1252");
  return stored(western ? western->text : std::string_view(bytes), CharsetOutcome::guessed);
}

// The label was wrong or unknown. `labelled` is what its converter made of the bytes.
DecodedText guess(std::string_view bytes, const std::optional<Conversion>& labelled) {
  if (!is_ascii(bytes) && is_utf8(bytes)) return stored(bytes, CharsetOutcome::guessed);
  if (auto text = decode_escape_sequences(bytes)) return *std::move(text);
  if (labelled && labelled->replaced * characters_per_replacement_min <= labelled->characters)
    return stored(labelled->text, CharsetOutcome::replaced);
  if (const auto detected = convert(bytes, detect(bytes)); detected && detected->replaced == 0)
    return stored(detected->text, CharsetOutcome::guessed);
  return decode_windows_1252(bytes);
}

DecodedText decode_utf8(std::string_view bytes) {
  if (is_ascii(bytes)) {
    if (auto text = decode_escape_sequences(bytes)) return *std::move(text);
    return stored(bytes, CharsetOutcome::as_labelled);
  }
  const Utf8Census census = count_utf8(bytes);
  if (census.invalid == 0) {
    DecodedText decoded = stored(bytes, CharsetOutcome::as_labelled);
    if (repair_double_encoding(decoded.text)) decoded.outcome = CharsetOutcome::guessed;
    return decoded;
  }
  if (census.valid >= census.invalid) return stored(bytes, CharsetOutcome::replaced);
  return guess(bytes, std::nullopt);
}

DecodedText decode_utf16(std::string_view bytes) {
  std::size_t odd_zeros = 0, even_zeros = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) (i % 2 == 0 ? even_zeros : odd_zeros) += bytes[i] == '\0';
  const bool marked = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  if (!marked && odd_zeros + even_zeros == 0) return decode_utf8(bytes);
  const std::string name = marked ? "utf-16" : odd_zeros > even_zeros ? "utf-16le" : "utf-16be";
  const auto decoded = convert(bytes, name);
  if (!decoded) return decode_windows_1252(bytes);
  return stored(decoded->text,
                decoded->replaced == 0 ? CharsetOutcome::as_labelled : CharsetOutcome::replaced);
}

// The byte that windows-1252 writes for a code point, or -1.
int windows_1252_byte(std::int32_t code_point) {
  static constexpr std::int32_t upper[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                             0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                             0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                             0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
  if (code_point >= 0 && (code_point < 0x80 || (code_point >= 0xA0 && code_point <= 0xFF))) return code_point;
  const auto* found = std::ranges::find(upper, code_point);
  return found == std::end(upper) ? -1 : static_cast<int>(0x80 + (found - upper));
}

}  // namespace

bool repair_double_encoding(std::string& text) {
  std::string once;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = std::string_view(text).substr(at);
    const auto end = std::ranges::find_if(rest, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    const auto plain = static_cast<std::size_t>(end - rest.begin());
    once.append(rest.substr(0, plain));
    at += plain;
    if (at == text.size()) break;
    const std::size_t start = once.size();  // of one character, written as a lead and its trails
    do {
      const int byte = windows_1252_byte(next_code_point(text, at));
      if (byte < 0x80) return false;
      once += static_cast<char>(byte);
    } while (at < text.size() && once.size() - start < 4 && !is_utf8(std::string_view(once).substr(start)));
    if (!is_utf8(std::string_view(once).substr(start))) return false;
  }
  if (count_utf8(once).valid < 2) return false;
  text = std::move(once);
  return true;
}

DecodedText decode_charset(std::string_view bytes, std::string_view label) {
  const Charset charset = charset_from_label(label);
  if (charset.kind == CharsetKind::utf8) return decode_utf8(bytes);
  if (charset.kind == CharsetKind::utf16) return decode_utf16(bytes);
  if (charset.kind == CharsetKind::western || charset.kind == CharsetKind::latin1) {
    const Utf8Census census = count_utf8(bytes);
    if (census.valid >= census.invalid) return decode_utf8(bytes);
    if (is_mostly_beyond_ascii(bytes)) return guess(bytes, std::nullopt);
    DecodedText text = decode_windows_1252(bytes);
    if (charset.kind == CharsetKind::latin1) text.outcome = CharsetOutcome::as_labelled;
    return text;
  }
  const Utf8Census census = count_utf8(bytes);
  if (census.invalid == 0 && census.valid >= utf8_sequences_min)
    return stored(bytes, CharsetOutcome::guessed);
  // A label of one byte a character fits any escape sequence.
  const bool escapes = is_ascii(bytes) && has_escape_sequence(bytes) && !charset.name.starts_with("iso-2022");
  if (escapes)
    if (auto text = decode_escape_sequences(bytes)) return *std::move(text);
  auto labelled = convert(bytes, charset.name);
  if (labelled && labelled->replaced == 0) return stored(labelled->text, CharsetOutcome::as_labelled);
  if (!labelled && is_ascii(bytes) && !has_escape_sequence(bytes))
    return stored(bytes, CharsetOutcome::guessed);
  return guess(bytes, labelled);
}

}  // namespace hermod::mime
