// Fuzz target of the response codec: any bytes, in two pieces, give the same number of events as in one.
#include <cstdint>
#include <cstdlib>

#include "plugins/imap/wire/response_reader.hpp"

namespace {

using namespace hermod::imap;

// Small, so that the fuzzer reaches them.
constexpr WireLimits limits{.line_bytes_max = 4096,
                            .inline_literal_bytes_max = 64,
                            .inline_literals_bytes_max = 128,
                            .literals_max = 8,
                            .literal_octets_max = 4096,
                            .nesting_max = 8};

std::size_t count_events(ResponseReader& reader) {
  std::size_t count = 0;
  while (const auto event = reader.next()) count += !std::holds_alternative<LiteralData>(*event);
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ResponseReader whole(limits);
  whole.feed(bytes);
  const auto expected = count_events(whole);
  ResponseReader cut(limits);
  cut.feed(bytes.substr(0, size / 2));
  auto got = count_events(cut);
  cut.feed(bytes.substr(size / 2));
  got += count_events(cut);
  if (got != expected) std::abort();
  return 0;
}
