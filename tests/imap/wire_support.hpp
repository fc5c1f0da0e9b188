// Feeding a ResponseReader in tests, and a readable form of what it gave.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/imap/wire/response_reader.hpp"

namespace hermod::imap {

inline std::vector<Event> read_all(std::string_view bytes, WireLimits limits = {}) {
  ResponseReader reader(limits);
  reader.feed(bytes);
  std::vector<Event> events;
  while (auto event = reader.next()) {
    // A view into the reader does not live on; tests of streams look at them one by one.
    if (auto* data = std::get_if<LiteralData>(&*event)) data->bytes = {};
    events.push_back(*std::move(event));
  }
  return events;
}

// The one response in `bytes`, or a default-constructed one when it is of another type.
template <class T>
T read_one(std::string_view bytes) {
  auto events = read_all(bytes);
  if (events.size() != 1) return {};
  auto* response = std::get_if<Response>(&events.front());
  if (response == nullptr || !std::holds_alternative<T>(*response)) return {};
  return std::get<T>(std::move(*response));
}

// One line an event; streamed bytes are joined.
inline std::string describe(ResponseReader& reader) {
  std::string out;
  while (auto event = reader.next()) {
    if (auto* data = std::get_if<LiteralData>(&*event)) {
      out += data->bytes;
      continue;
    }
    out += '<' + std::to_string(event->index());
    if (auto* begin = std::get_if<LiteralBegin>(&*event)) out += ' ' + std::to_string(begin->size);
    if (auto* response = std::get_if<Response>(&*event)) {
      out += ' ' + std::to_string(response->index());
      if (auto* status = std::get_if<StatusResponse>(response))
        out += status->tag + status->code.name + status->text;
      if (auto* listing = std::get_if<MailboxListing>(response)) out += listing->name;
      if (auto* fetch = std::get_if<FetchResponse>(response)) {
        for (const auto& section : fetch->sections) out += section.section + section.bytes;
      }
    }
    out += '>';
  }
  return out;
}

}  // namespace hermod::imap
