#include <core/mime/address.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include <core/mime/ascii.hpp>
#include <core/mime/encoded_word.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t email_bytes_max = 998;  // RFC 5322 §2.1.1; RFC 5321 allows 254
constexpr std::size_t name_bytes_max = 1000;

// One entry between separators, as sent.
struct Entry {
  std::string words;    // without angle brackets and comments; quotes kept
  std::string display;  // the same with its comments
  std::string comment;
  std::optional<std::string> angle;  // what stood in <…>; the last one with an '@' wins
  bool has_at = false;               // there is an '@' in `words`
  bool empty() const { return display.empty() && !angle; }
};

// Quoted strings lose their quotes and escapes, blanks collapse.
std::string unquoted(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') continue;
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    if (text[i] == ' ' && (plain.empty() || plain.back() == ' ')) continue;
    plain += text[i] == '\t' ? ' ' : text[i];
  }
  return plain;
}

std::string_view without_outer(std::string_view text, char open, char close) {
  text = trimmed(text);
  if (text.size() > 1 && text.front() == open && text.back() == close) text = text.substr(1, text.size() - 2);
  return text;
}

std::string display_name(std::string_view text) {
  std::string decoded = decode_header_text(unquoted(text));
  if (decoded.starts_with('(') && decoded.find(')') == std::string::npos)
    decoded.erase(0, 1);  // a comment without end
  return std::string(utf8_prefix(trimmed(without_outer(decoded, '\'', '\'')), name_bytes_max));
}

// Outside quotes; one without end stays. An address with comments is rare, so they are not looked into.
std::string without_comments(std::string_view text) {
  std::string plain;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    const std::size_t close = text[i] == '(' && !quoted ? text.find(')', i) : std::string_view::npos;
    if (text[i] == '(' && !quoted && close == std::string_view::npos) return plain.append(text.substr(i));
    if (close == std::string_view::npos)
      plain += text[i];
    else
      i = close;
  }
  return plain;
}

// "" if nothing of an address is left.
std::string clean_email(std::string_view text) {
  while (!text.empty() && (text.front() == '<' || ascii_space(text.front()))) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '>' || ascii_space(text.back()))) text.remove_suffix(1);
  text = without_outer(text, '\'', '\'');
  if (ascii_starts_with(text, "mailto:")) text.remove_prefix(7);
  const std::string plain = without_comments(text);
  text = plain;
  const std::size_t route_end = text.starts_with('@') ? text.find(':') : std::string_view::npos;
  if (route_end != std::string_view::npos) text.remove_prefix(route_end + 1);
  std::string email = decode_header_text(text);
  if (email.find('"') == std::string::npos) std::erase(email, ' ');
  return email.size() > email_bytes_max || email == "@" ? std::string() : email;
}

bool is_placeholder(std::string_view name) {
  return ascii_find(name, "undisclosed") != std::string_view::npos;
}

// Splits at blanks outside quotes; blanks around an '@' separate nothing.
std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool quoted = false, fresh = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (ascii_space(c) && !quoted) {
      fresh = true;
      continue;
    }
    if (fresh && !(!words.empty() && (c == '@' || words.back().ends_with('@')))) words.emplace_back();
    fresh = false;
    if (c == '"') quoted = !quoted;
    words.back() += c;
    if (c == '\\' && quoted && i + 1 < text.size()) words.back() += text[++i];
  }
  return words;
}

// An '@' outside quotes, or a word that is a quoted address as a whole.
bool has_address(std::string_view word) {
  const std::size_t at = word.rfind('@');
  if (at == std::string_view::npos) return false;
  return word.find('"', at) == std::string_view::npos || (word.front() == '"' && word.back() == '"');
}

class AddressReader {
 public:
  AddressReader(std::string_view field, std::size_t addresses_max)
      : field_(field), last_semicolon_(field.rfind(';')), addresses_max_(addresses_max) {}

  AddressList read() {
    while (at_ < field_.size() && !list_.cut) step();
    finish_entry(',');
    keep_carried();
    return std::move(list_);
  }

 private:
  void step() {
    const char c = field_[at_];
    switch (c) {
      case '"':
        return read_quoted();
      case '(':
        return read_comment();
      case '<':
        return read_angle();
      case '>':
        ++at_;
        return;  // of no '<'
      case ',':
      case ';':
        ++at_;
        return finish_entry(c);
      case ':':
        if (starts_group()) {
          ++at_;
          entry_ = {};
          return;
        }
        break;
      case '=':
        if (const std::size_t length = encoded_word_length(field_.substr(at_)); length > 0)
          return take(length);
        break;
      default:
        break;
    }
    take(1);
  }

  void take(std::size_t length) {
    entry_.words.append(field_.substr(at_, length));
    entry_.has_at = entry_.has_at || field_.substr(at_, length).find('@') != std::string_view::npos;
    entry_.display.append(field_.substr(at_, length));
    at_ += length;
  }

  // Only where the group is closed: "Re: foo <a@x>" is a name.
  bool starts_group() const {
    return last_semicolon_ != std::string_view::npos && last_semicolon_ > at_ && !entry_.angle &&
           !entry_.has_at && !ascii_equal(trimmed(entry_.words), "mailto");
  }

  void read_quoted() {
    std::size_t end = at_ + 1;
    while (end < field_.size() && field_[end] != '"') end += field_[end] == '\\' ? 2 : 1;
    const bool closed = !quotes_open_ && end < field_.size();
    const std::string_view inside = closed ? field_.substr(at_, end - at_) : std::string_view();
    // An entry in the quotes: this one was never closed, the next one belongs to another entry.
    const bool swallows =
        inside.find(">,") != std::string_view::npos && inside.find('@') != std::string_view::npos;
    if (closed && !swallows) return take(end + 1 - at_);
    if (!closed) quotes_open_ = true;
    ++at_;
  }

  void read_comment() {
    std::size_t end = at_, depth = 0;
    for (; !comments_open_ && end < field_.size(); ++end) {
      if (field_[end] == '\\')
        ++end;
      else if (field_[end] == '(')
        ++depth;
      else if (field_[end] == ')' && --depth == 0)
        break;
    }
    if (comments_open_ || end >= field_.size()) {
      comments_open_ = true;
      return take(1);
    }
    entry_.comment = field_.substr(at_ + 1, end - at_ - 1);
    entry_.display.append(field_.substr(at_, end + 1 - at_));
    entry_.words += ' ';
    at_ = end + 1;
  }

  // Up to '>', or to ',' if the '>' was forgotten; a route may have commas.
  void read_angle() {
    const std::size_t start = ++at_;
    const bool is_route = start < field_.size() && field_[start] == '@';
    bool quoted = false;
    for (; at_ < field_.size(); ++at_) {
      const char c = field_[at_];
      if (c == '"') quoted = !quoted;
      if (c == '>' || (c == '<' && at_ > start) || (c == ',' && !is_route && !quoted)) break;
    }
    const std::string_view inside = field_.substr(start, at_ - start);
    if (at_ < field_.size() && field_[at_] == '>') ++at_;
    const bool has_at = inside.find('@') != std::string_view::npos;
    if (entry_.angle && (!has_at || entry_.angle->find('@') == std::string::npos)) {
      // Of two, the one without an '@' is part of the name.
      const std::string& part = has_at ? *entry_.angle : std::string(inside);
      entry_.display.append("<").append(part).append(">");
    }
    if (!entry_.angle || has_at) entry_.angle = inside;
  }

  void finish_entry(char separator) {
    const Entry entry = std::exchange(entry_, {});
    if (entry.empty()) return;
    std::string email = entry.angle ? clean_email(*entry.angle) : std::string();
    if (!email.empty()) {
      std::string name = display_name(std::exchange(carried_, {}) + entry.display);
      if (name.empty()) name = display_name(entry.comment);
      return keep({std::move(name), std::move(email)});
    }
    finish_without_angle(entry, separator);
  }

  void finish_without_angle(const Entry& entry, char separator) {
    std::vector<std::string> words = split_words(entry.words);
    const auto last = std::find_if(words.rbegin(), words.rend(), has_address);
    if (last != words.rend()) {
      keep_carried();
      std::string email = clean_email(last->front() == '"' && last->back() == '"' ? unquoted(*last) : *last);
      std::string name;
      for (auto word = words.begin(); word != words.end(); ++word)
        if (&*word != &*last) name.append(*word).append(" ");
      name = display_name(name.empty() ? entry.comment : name);
      return keep({std::move(name), std::move(email)});
    }
    keep_carried();
    if (words.empty() || is_placeholder(entry.words) || entry.angle) return;
    // "Doe, John <a@x>": this may be the first half of a name.
    carried_ = entry.words + ", ";
    if (separator == ';') keep_carried();
  }

  // What was carried is not a name's first half: a single word is a local address, more are not.
  void keep_carried() {
    std::string_view carried = trimmed(carried_);
    if (carried.ends_with(',')) carried.remove_suffix(1);
    const std::string word = unquoted(carried);
    carried_.clear();
    if (word.starts_with("=?") && keep_encoded(word)) return;
    if (!word.empty() && word.find(' ') == std::string::npos) keep({"", clean_email(word)});
  }

  // Name and address in one encoded word, which RFC 2047 §5 forbids. False if it holds no address.
  bool keep_encoded(const std::string& word) {
    const std::string decoded = decode_header_text(word);
    const std::size_t open = decoded.rfind('<');
    if (open == std::string::npos || decoded.find('@', open) == std::string::npos) return false;
    keep({display_name(std::string_view(decoded).substr(0, open)),
          clean_email(std::string_view(decoded).substr(open))});
    return true;
  }

  void keep(EmailAddress address) {
    if (address.email.empty()) return;
    if (!seen_.insert(ascii_lowered(address.email)).second) return;
    if (list_.addresses.size() >= addresses_max_)
      list_.cut = true;
    else
      list_.addresses.push_back(std::move(address));
  }

  std::string_view field_;
  std::size_t last_semicolon_;
  std::size_t addresses_max_;
  std::size_t at_ = 0;
  bool quotes_open_ = false;    // no '"' behind here has an end
  bool comments_open_ = false;  // no '(' behind here has an end
  Entry entry_;
  std::string carried_;
  std::unordered_set<std::string> seen_;
  AddressList list_;
};

}  // namespace

AddressList parse_addresses(std::string_view field, std::size_t addresses_max) {
  return AddressReader(field, addresses_max).read();
}

}  // namespace hermod::mime
