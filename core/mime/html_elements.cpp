#include <core/mime/html_elements.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace hermod::mime {
namespace {

struct Row {
  std::string_view name;
  HtmlElementTraits traits;
};

constexpr Row rows[] = {
    {"address", {.is_block = true}},
    {"area", {.is_void = true}},
    {"article", {.is_block = true}},
    {"aside", {.is_block = true}},
    {"audio", {.is_unseen = true}},
    {"base", {.is_void = true}},
    {"blockquote", {.is_block = true}},
    {"body", {.is_block = true}},
    {"br", {.is_void = true, .is_block = true}},
    {"canvas", {.is_unseen = true}},
    {"caption", {.is_block = true}},
    {"center", {.is_block = true}},
    {"col", {.is_void = true}},
    {"dd", {.is_block = true, .closes_its_kind = true}},
    {"div", {.is_block = true}},
    {"dl", {.is_block = true}},
    {"dt", {.is_block = true, .closes_its_kind = true}},
    {"embed", {.is_void = true}},
    {"fieldset", {.is_block = true}},
    {"figcaption", {.is_block = true}},
    {"figure", {.is_block = true}},
    {"footer", {.is_block = true}},
    {"form", {.is_block = true}},
    {"h1", {.is_block = true}},
    {"h2", {.is_block = true}},
    {"h3", {.is_block = true}},
    {"h4", {.is_block = true}},
    {"h5", {.is_block = true}},
    {"h6", {.is_block = true}},
    {"head", {.is_block = true}},
    {"header", {.is_block = true}},
    {"hr", {.is_void = true, .is_block = true}},
    {"html", {.is_block = true}},
    {"iframe", {.has_raw_text = true}},
    {"img", {.is_void = true}},
    {"input", {.is_void = true}},
    {"li", {.is_block = true, .closes_its_kind = true}},
    {"link", {.is_void = true}},
    {"main", {.is_block = true}},
    {"meta", {.is_void = true}},
    {"nav", {.is_block = true}},
    {"noembed", {.has_raw_text = true}},
    {"noframes", {.has_raw_text = true}},
    {"noscript", {.is_unseen = true}},
    {"object", {.is_unseen = true}},
    {"ol", {.is_block = true}},
    {"option", {.closes_its_kind = true}},
    {"p", {.is_block = true, .closes_its_kind = true}},
    {"param", {.is_void = true}},
    {"pre", {.is_block = true}},
    {"script", {.has_raw_text = true}},
    {"section", {.is_block = true}},
    {"select", {.is_unseen = true}},
    {"source", {.is_void = true}},
    {"style", {.has_raw_text = true}},
    {"svg", {.is_unseen = true}},
    {"table", {.is_block = true}},
    {"tbody", {.is_block = true}},
    {"td", {.is_cell = true, .closes_its_kind = true}},
    {"template", {.is_unseen = true}},
    {"textarea", {.has_raw_text = true}},
    {"tfoot", {.is_block = true}},
    {"th", {.is_cell = true, .closes_its_kind = true}},
    {"thead", {.is_block = true}},
    {"title", {.has_raw_text = true}},
    {"tr", {.is_block = true, .closes_its_kind = true}},
    {"track", {.is_void = true}},
    {"ul", {.is_block = true}},
    {"video", {.is_unseen = true}},
    {"wbr", {.is_void = true}},
    {"xmp", {.has_raw_text = true}},
};

// Length and first letters as one number: every tag is looked up, and comparing numbers is what makes it
// cheap.
constexpr std::uint64_t key_of(std::string_view name) {
  std::uint64_t key = name.size();
  for (std::size_t i = 0; i < 7 && i < name.size(); ++i) key = key << 8 | static_cast<unsigned char>(name[i]);
  return key;
}

struct KeyedRow {
  std::uint64_t key = 0;
  Row row;
};
constexpr auto sorted_rows = [] {
  std::array<KeyedRow, std::size(rows)> sorted;
  std::ranges::transform(rows, sorted.begin(),
                         [](const Row& row) { return KeyedRow{key_of(row.name), row}; });
  std::ranges::sort(sorted, {}, &KeyedRow::key);
  return sorted;
}();

}  // namespace

HtmlElementTraits traits_of(std::string_view name) {
  const auto* found = std::ranges::lower_bound(sorted_rows, key_of(name), {}, &KeyedRow::key);
  return found != sorted_rows.end() && found->row.name == name ? found->row.traits : HtmlElementTraits{};
}

}  // namespace hermod::mime
