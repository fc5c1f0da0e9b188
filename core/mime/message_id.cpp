#include <core/mime/message_id.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>
#include <core/mime/encoded_word.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t id_bytes_max = 998;  // RFC 5322 §2.1.1

void add_id(std::vector<std::string>& ids, std::string_view text, std::size_t ids_max) {
  std::string id = decode_header_text(text);
  if (id.empty() || id.size() > id_bytes_max) return;
  if (ids.size() >= std::max<std::size_t>(ids_max, 2)) {
    // The newest matter for replies, the oldest for the thread: what is in the middle goes.
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    std::rotate(middle, middle + 1, ids.end());
    ids.pop_back();
  }
  ids.push_back(std::move(id));
}

void add_bracketed(std::vector<std::string>& ids, std::string_view field, std::size_t ids_max) {
  for (std::size_t open = field.find('<'); open != std::string_view::npos; open = field.find('<', open)) {
    const std::size_t end = field.find_first_of("<>", open + 1);
    if (end == std::string_view::npos) return;
    if (field[end] == '>') add_id(ids, field.substr(open + 1, end - open - 1), ids_max);
    open = end;
  }
}

void add_bare(std::vector<std::string>& ids, std::string_view field, std::size_t ids_max) {
  constexpr std::string_view separators = " \t,;<>";
  for (std::size_t at = 0; at < field.size();) {
    const std::size_t start = std::min(field.find_first_not_of(separators, at), field.size());
    at = std::min(field.find_first_of(separators, start), field.size());
    const std::string_view word = field.substr(start, at - start);
    if (word.find('@') != std::string_view::npos) add_id(ids, word, ids_max);
  }
}

}  // namespace

std::vector<std::string> parse_message_ids(std::string_view field, std::size_t ids_max) {
  const std::string decoded =
      field.find("=?") == std::string_view::npos ? std::string() : decode_header_text(field);
  if (!decoded.empty()) field = decoded;
  std::vector<std::string> ids;
  add_bracketed(ids, field, ids_max);
  if (ids.empty()) add_bare(ids, field, ids_max);
  return ids;
}

std::string parse_message_id(std::string_view field) {
  std::vector<std::string> ids = parse_message_ids(field, 2);
  if (!ids.empty()) return std::move(ids.front());
  const std::string_view word = trimmed(field);
  const bool bare = word.find_first_of(" <>") == std::string_view::npos && word.size() <= id_bytes_max;
  return bare ? decode_header_text(word) : std::string();
}

}  // namespace hermod::mime
