#include <core/mime/html_text.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#include <core/mime/ascii.hpp>
#include <core/mime/html_elements.hpp>
#include <core/mime/html_style.hpp>
#include <core/mime/html_tokens.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t depth_max = 256;

// What an open element hands down to what it contains.
struct Element {
  std::string name;
  bool removed = false;
  bool unseen = false;
  bool white_text = false;
  bool background = false;
  bool quoted = false;
  bool preformatted = false;
  bool visible() const { return !removed && !unseen && (!white_text || background); }
};

// Ordered by strength: the strongest asked for between two texts is written.
enum class Separator : std::uint8_t { none, space, tab, line };

class TextWriter {
 public:
  explicit TextWriter(std::size_t size_hint) { result_.text.reserve(size_hint); }

  void separate(Separator separator) { separator_ = std::max(separator_, separator); }
  void start_item() {
    separate(Separator::line);
    item_ = true;
  }
  // `words` has no blanks and is seen.
  void add(std::string_view words, bool quoted) {
    const std::size_t start = result_.text.size();
    constexpr std::string_view characters = " \t\n";
    if (separator_ != Separator::none && start > 0)
      result_.text += characters[static_cast<std::size_t>(separator_) - 1];
    if (item_) result_.text += "- ";
    result_.text.append(words);
    separator_ = Separator::none;
    item_ = false;
    if (result_.own_text.size() >= own_bytes_max) return;
    if (!quoted)
      result_.own_text.append(std::string_view(result_.text).substr(start));
    else if (!quoted_)
      result_.own_text.append("\n>\n");
    quoted_ = quoted;
  }
  HtmlText finish() {
    result_.own_text = trimmed(utf8_prefix(result_.own_text, own_bytes_max));
    return std::move(result_);
  }

 private:
  HtmlText result_;
  Separator separator_ = Separator::none;
  bool item_ = false;
  bool quoted_ = false;
};

class HtmlReader {
 public:
  explicit HtmlReader(std::string_view html) : tokens_(html), out_(html.size() / 4) { open_.emplace_back(); }

  HtmlText read() {
    for (;;) {
      const HtmlToken& token = tokens_.next();
      switch (token.kind) {
        case HtmlToken::Kind::end:
          return out_.finish();
        case HtmlToken::Kind::text:
          add_text(token.text);
          break;
        case HtmlToken::Kind::start_tag:
          open(token);
          break;
        case HtmlToken::Kind::end_tag:
          close(token.name);
          break;
      }
    }
  }

 private:
  void open(const HtmlToken& token) {
    const HtmlElementTraits traits = traits_of(token.name);
    if (traits.closes_its_kind && open_.size() > 1 && open_.back().name == token.name) open_.pop_back();
    separate_for(token.name, traits);
    if (token.name == "img") {
      const std::string_view* alternative = token.attribute("alt");
      if (alternative != nullptr && element_for(token, traits).visible()) add_words_of(*alternative);
      return;
    }
    if (traits.is_void || (token.self_closing && token.name.find(':') != std::string::npos)) return;
    if (open_.size() > depth_max) {
      ++unopened_;
      return;
    }
    open_.push_back(element_for(token, traits));
  }

  Element element_for(const HtmlToken& token, HtmlElementTraits traits) const {
    Element element = open_.back();
    element.name = token.name;
    element.removed |= traits.is_unseen || token.attribute("hidden") != nullptr;
    element.quoted |= token.name == "blockquote";
    element.preformatted |= token.name == "pre";
    for (const HtmlAttribute& attribute : token.attributes) apply(attribute, element);
    return element;
  }

  static void apply(const HtmlAttribute& attribute, Element& element) {
    if (ascii_equal(attribute.name, "style")) {
      const HtmlStyle style = read_style(attribute.value);
      element.removed |= style.removed;
      element.unseen = style.unseen.value_or(element.unseen);
      element.white_text = style.white_text.value_or(element.white_text);
      element.background |= style.background;
    } else if (ascii_equal(attribute.name, "class")) {
      element.quoted |= ascii_find(attribute.value, "quote") != std::string_view::npos;
    } else if (ascii_equal(attribute.name, "bgcolor")) {
      element.background |= !is_white(attribute.value);
    } else if (ascii_equal(attribute.name, "background")) {
      element.background = true;
    } else if (ascii_equal(attribute.name, "color")) {
      element.white_text = is_white(attribute.value);
    }
  }

  void close(const std::string& name) {
    separate_for(name, traits_of(name));
    if (unopened_ > 0) {
      --unopened_;
      return;
    }
    for (std::size_t i = open_.size(); i > 1; --i) {
      if (open_[i - 1].name != name) continue;
      open_.resize(i - 1);
      return;
    }
  }

  void separate_for(std::string_view name, HtmlElementTraits traits) {
    if (traits.is_cell) return out_.separate(Separator::tab);
    if (name == "img") return out_.separate(Separator::space);
    if (!traits.is_block) return;
    if (name == "li" && open_.back().visible())
      out_.start_item();
    else
      out_.separate(Separator::line);
  }

  void add_words_of(std::string_view attribute_value) {
    out_.separate(Separator::space);
    add_text(attribute_value);
    out_.separate(Separator::space);
  }

  // Runs of seen characters; what stands between them only separates.
  void add_text(std::string_view text) {
    const Element& element = open_.back();
    if (!element.visible()) return;
    word_.clear();
    for (std::size_t at = 0; at < text.size();) {
      const char c = text[at];
      if (c > ' ' && c != '&' && c != 0x7F) {
        const std::size_t start = at;
        while (at < text.size() && text[at] > ' ' && text[at] != '&' && text[at] != 0x7F) ++at;
        word_.append(text, start, at - start);
      } else if (c >= 0 && c != '&') {
        flush_word(element.quoted);
        out_.separate(element.preformatted && c == '\n' ? Separator::line : Separator::space);
        ++at;
      } else {
        at += add_special(text.substr(at), element.quoted);
      }
    }
    flush_word(element.quoted);
  }

  // A character reference or one beyond ASCII; gives its length.
  std::size_t add_special(std::string_view text, bool quoted) {
    std::string reference;
    std::size_t length = text.front() == '&' ? append_reference(reference, text) : 0;
    if (text.front() == '&' && length == 0) {
      word_ += '&';
      return 1;
    }
    const std::string_view characters = length > 0 ? std::string_view(reference) : text;
    std::size_t end = 0;
    const std::int32_t code_point = next_code_point(characters, end);
    if (length == 0) length = end;
    const bool blank = code_point <= ' ' || code_point == 0xA0 ||
                       (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x202F ||
                       code_point == 0x205F || code_point == 0x3000;
    if (is_invisible(code_point)) return length;
    if (!blank) {
      word_.append(characters.substr(0, end));
    } else {
      flush_word(quoted);
      out_.separate(Separator::space);
    }
    return length;
  }

  void flush_word(bool quoted) {
    if (!word_.empty()) out_.add(word_, quoted);
    word_.clear();
  }

  HtmlTokenizer tokens_;
  TextWriter out_;
  std::vector<Element> open_;  // the first one is the document
  std::size_t unopened_ = 0;   // elements too deep to be kept
  std::string word_;
};

}  // namespace

HtmlText html_to_text(std::string_view html) { return HtmlReader(html).read(); }

}  // namespace hermod::mime
