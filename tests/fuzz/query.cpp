// Any request target: what is accepted is UTF-8 without NUL, keeps its limits, and means the same when it is
// written again with every byte escaped.
#include <cstdint>
#include <cstdlib>

#include "core/mime/utf8.hpp"
#include "server/http/url.hpp"

namespace {

using namespace hermod::server;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_storable(std::string_view text) {
  require(hermod::mime::is_utf8(text) && text.find('\0') == std::string_view::npos);
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string all;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    all.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return all;
}

void check_path(std::string_view target) {
  const auto segments = split_path(target);
  if (!segments) return;
  require(segments->size() <= path_segments_max);
  std::string again;
  for (const std::string& segment : *segments) {
    require_storable(segment);
    again.append("/").append(escaped(segment));
  }
  // An empty last segment is a closing slash, which is dropped.
  if (segments->empty() || segments->back().empty()) again += '/';
  const auto twice = split_path(again);
  require(twice.has_value() && *twice == *segments);
}

void check_query(std::string_view target) {
  const auto query = Query::parse(target);
  if (!query) return;
  require(query->parameters().size() <= query_parameters_max);
  std::string again = "/?";
  for (const auto& [key, value] : query->parameters()) {
    require_storable(key);
    require_storable(value);
    again.append(escaped(key)).append("=").append(escaped(value)).append("&");
    require(query->find(key).has_value() && (!query->all(key).empty() || value.empty()));
    for (const std::string& part : query->all(key, ',')) require(part.find(',') == std::string::npos);
    const auto number = query->number(key, 7, 1, 200);
    require(!number || (*number >= 1 && *number <= 200));
    (void)query->boolean(key);
  }
  const auto twice = Query::parse(again);
  require(twice.has_value() && twice->parameters() == query->parameters());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  check_path(target);
  check_query(target);
  return 0;
}
