#include "core/conformance/page_rules.hpp"

#include <set>

namespace hermod::conformance {
namespace {

constexpr std::size_t id_bytes_max = 1024, version_bytes_max = 256, cursor_bytes_max = 64 << 10;

// Well-formed UTF-8 (RFC 3629 §4), without control characters.
bool displayable(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x20 || first == 0x7f) return false;
    if (first < 0x80) continue;
    if (first < 0xC2 || first > 0xF4) return false;
    const std::size_t more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    char32_t code = first & (0x3F >> more);
    for (std::size_t i = 0; i < more; ++i, ++at) {
      if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return false;
      code = code << 6 | (static_cast<unsigned char>(text[at]) & 0x3F);
    }
    if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000)) return false;
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  }
  return true;
}

class Rules {
 public:
  void expect(bool kept, std::string_view rule) {
    if (!kept) broken_.insert(std::string(rule));
  }
  std::vector<std::string> broken() const { return {broken_.begin(), broken_.end()}; }

 private:
  std::set<std::string> broken_;
};

bool has_raw(const Item& item) {
  return item.payload == PayloadKind::message || item.payload == PayloadKind::calendar ||
         item.payload == PayloadKind::card;
}

void check_item(const Item& item, const FetchLimits& limits, Rules& rules) {
  rules.expect(!item.remote_id.empty() && item.remote_id.bytes.size() <= id_bytes_max,
               "an item's id is its address");
  rules.expect(item.version.bytes.size() <= version_bytes_max, "a version has at most 256 bytes");
  rules.expect(item.raw.empty() || has_raw(item), "raw bytes come with a payload of raw bytes");
  rules.expect(item.raw.size() <= limits.inline_bytes, "large bodies stay behind");
  rules.expect(item.payload != PayloadKind::metadata || item.summary, "metadata has a summary");
  rules.expect(item.payload == PayloadKind::none || !item.known_as, "known_as comes without content");
}

}  // namespace

std::vector<std::string> broken_rules(const CollectionPage& page) {
  Rules rules;
  for (const Collection& collection : page.collections) {
    const std::size_t size = collection.remote_id.bytes.size();
    rules.expect(size > 0 && size <= id_bytes_max, "a collection's id has 1 to 1024 bytes");
    rules.expect(collection.parent.bytes.size() <= id_bytes_max, "a parent's id has at most 1024 bytes");
    rules.expect(displayable(collection.name) && displayable(collection.path), "names can be displayed");
  }
  rules.expect(page.next.bytes.size() <= cursor_bytes_max, "a cursor has at most 64 KiB");
  rules.expect(page.complete || !page.next.empty(), "an incomplete listing goes on");
  return rules.broken();
}

std::vector<std::string> broken_rules(const ChangePage& page, const FetchLimits& limits) {
  Rules rules;
  std::set<RemoteId> named;
  std::size_t bytes = 0, bodies = 0;
  for (const Item& item : page.items) {
    check_item(item, limits, rules);
    rules.expect(named.insert(item.remote_id).second, "a page names an item once");
    bytes += item.raw.size();
    bodies += item.raw.empty() ? 0 : 1;
  }
  for (const Removal& removal : page.removals) {
    rules.expect(!removal.remote_id.empty(), "a removal names its item");
    rules.expect(!named.contains(removal.remote_id), "a page does not both have and remove an item");
  }
  rules.expect(page.items.size() <= limits.items_max, "a page has at most the items asked for");
  rules.expect(bytes <= limits.page_bytes_max || bodies == 1, "a page has at most the bytes asked for");
  rules.expect(!page.next.empty() && page.next.bytes.size() <= cursor_bytes_max, "a page has a cursor");
  return rules.broken();
}

}  // namespace hermod::conformance
