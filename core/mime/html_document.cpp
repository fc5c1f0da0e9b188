#include <core/mime/html_document.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>
#include <core/mime/percent.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t prescan_bytes = 1024;       // WHATWG HTML §13.2.3.2
constexpr std::size_t references_max = 10'000;    // of each kind in one document
constexpr std::size_t reference_bytes_max = 998;  // a header line; longer ones can name no part

// Adds what stands behind each `prefix`, up to the end of the URL.
void add_references(std::unordered_set<std::string>& references, std::string_view html,
                    std::string_view prefix) {
  const char last = prefix.back();
  std::size_t left = references_max;  // counts what is looked at, since the same one may come again and again
  for (std::size_t at = html.find(last); at != std::string_view::npos; at = html.find(last, at + 1)) {
    if (at + 1 < prefix.size()) continue;
    if (!ascii_equal(html.substr(at + 1 - prefix.size(), prefix.size()), prefix)) continue;
    if (left-- == 0) return;
    std::string_view url = html.substr(at + 1, reference_bytes_max + 2);
    if (!url.empty() && (url.front() == '"' || url.front() == '\'')) url.remove_prefix(1);
    const std::size_t end = url.find_first_of("\"'<> \t\r\n)");
    if (end != std::string_view::npos || url.size() <= reference_bytes_max)
      references.insert(percent_decoded(url.substr(0, end)));
  }
}

}  // namespace

std::string_view declared_charset(std::string_view html_bytes) {
  const std::string_view start = html_bytes.substr(0, prescan_bytes);
  for (std::size_t meta = ascii_find(start, "<meta"); meta != std::string_view::npos;
       meta = ascii_find(start, "<meta", meta + 5)) {
    const std::string_view tag = start.substr(meta, start.find('>', meta) - meta);
    std::size_t label = ascii_find(tag, "charset");
    if (label == std::string_view::npos) continue;
    label = tag.find_first_not_of(" \t\r\n", label + 7);
    if (label == std::string_view::npos || tag[label] != '=') continue;
    label = std::min(tag.find_first_not_of(" \t\r\n\"'", label + 1), tag.size());
    const std::size_t end = std::min(tag.find_first_of(" \t\r\n\"'>;/", label), tag.size());
    if (end > label) return tag.substr(label, end - label);
  }
  return {};
}

void rewrite_declared_charset(std::string& html) {
  const std::string_view label = declared_charset(html);
  if (!label.empty() && !ascii_equal(label, "utf-8"))
    html.replace(static_cast<std::size_t>(label.data() - html.data()), label.size(), "utf-8");
}

std::unordered_set<std::string> referenced_parts(std::string_view html) {
  std::unordered_set<std::string> references;
  add_references(references, html, "cid:");
  add_references(references, html, "src=");
  return references;
}

}  // namespace hermod::mime
