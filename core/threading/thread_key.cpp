#include "core/threading/thread_key.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "core/ids/sha256.hpp"

namespace hermod::threading {

namespace {

// Lower case, as clients write them before a colon: English, German, French, Spanish, Italian, Portuguese, Dutch,
// the Nordic languages, Polish, Czech, Hungarian, Romanian, Finnish, Turkish, Greek, Hebrew, Chinese, Korean.
constexpr auto prefixes = std::to_array<std::string_view>({
    "re",  "fw",  "fwd", "aw",   "wg",   "antw", "doorst", "tr",  "réf", "rép",  "rv",   "res",  "enc",    "r",     "i",
    "rif", "inol", "sv", "vs",   "vb",   "vl",   "vá",     "továbbítás", "odp",  "pd",   "fs",   "atb",    "bls",   "ynt",
    "ilt", "απ",  "πρθ", "σχετ", "הועבר", "תגובה", "回复",  "回覆", "答复", "转发", "轉寄", "回信", "답장", "전달", "svar"});

constexpr int prefixes_max = 64;  // of one subject

std::string fold(std::string_view text) {
  icu::UnicodeString folded = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  folded.foldCase();
  std::string out;
  bool space = false;
  for (int i = 0; i < folded.length();) {
    const UChar32 character = folded.char32At(i);
    i += U16_LENGTH(character);
    if (u_isUWhiteSpace(character)) {
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    icu::UnicodeString(character).toUTF8String(out);
  }
  return out;
}

// "[List] " at the front, unless nothing would be left.
bool strip_tag(std::string_view& text) {
  if (!text.starts_with('[')) return false;
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return false;
  std::string_view rest = text.substr(end + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.empty()) return false;
  text = rest;
  return true;
}

// "re: ", "re[2]: ", "aw (3): ", "回复：".
bool strip_prefix(std::string_view& text) {
  const std::size_t colon = std::min(text.find(':'), text.find("："));
  if (colon == std::string_view::npos || colon > 24) return false;
  std::string_view word = text.substr(0, colon);
  if (const std::size_t count = word.find_first_of("[("); count != std::string_view::npos) {
    const std::string_view number = word.substr(count + 1);
    if (number.empty() || !std::all_of(number.begin(), number.end() - 1, [](char c) { return c >= '0' && c <= '9'; })) return false;
    word = word.substr(0, count);
  }
  while (word.ends_with(' ')) word.remove_suffix(1);
  if (std::find(prefixes.begin(), prefixes.end(), word) == prefixes.end()) return false;
  text.remove_prefix(colon + (text[colon] == ':' ? 1 : std::string_view("：").size()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

}  // namespace

ids::ObjectId mid_key(std::string_view message_id) {
  while (!message_id.empty() && (message_id.front() == ' ' || message_id.front() == '<')) message_id.remove_prefix(1);
  while (!message_id.empty() && (message_id.back() == ' ' || message_id.back() == '>')) message_id.remove_suffix(1);
  const ids::Sha256Digest digest = ids::sha256(message_id);
  ids::ObjectId key;
  std::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

BaseSubject base_subject(std::string_view subject) {
  const std::string folded = fold(subject);
  std::string_view rest = folded;
  BaseSubject base;
  for (int i = 0; i < prefixes_max; ++i) {
    if (strip_prefix(rest)) {
      base.kind = SubjectKind::reply;
    } else if (!strip_tag(rest)) {
      break;
    }
  }
  while (rest.ends_with(" (fwd)")) {
    rest.remove_suffix(6);
    base.kind = SubjectKind::reply;
  }
  base.text = rest;
  return base;
}

std::optional<std::int64_t> subject_key(const BaseSubject& subject) {
  if (subject.text.empty()) return std::nullopt;
  const ids::Sha256Digest digest = ids::sha256(subject.text);
  std::int64_t key = 0;
  for (int i = 0; i < 8; ++i) key = static_cast<std::int64_t>((static_cast<std::uint64_t>(key) << 8) | digest[static_cast<std::size_t>(i)]);
  key &= INT64_MAX;
  return key == 0 ? 1 : key;
}

}  // namespace hermod::threading
