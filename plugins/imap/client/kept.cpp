#include "plugins/imap/client/kept.hpp"

namespace hermod::imap {
namespace {

// What an allocation costs beyond what was asked for.
constexpr std::size_t allocation_bytes = 16;

template <class T>
std::size_t memory_of_any(const std::optional<T>& value) {
  return value ? memory_of(*value) : 0;
}

std::size_t memory_of_all(const std::vector<Namespace>& namespaces) {
  std::size_t bytes = 0;
  for (const auto& entry : namespaces) bytes += sizeof(entry) + memory_of(entry.prefix);
  return bytes;
}

// What a response holds beyond its own size.
struct Held {
  std::size_t operator()(const StatusResponse& status) const {
    return memory_of(status.tag) + memory_of(status.text) + memory_of(status.code.name) +
           memory_of(status.code.words) + memory_of(status.code.uids) + memory_of(status.code.source_uids) +
           memory_of(status.code.destination_uids);
  }
  std::size_t operator()(const Continuation& continuation) const { return memory_of(continuation.text); }
  std::size_t operator()(const CapabilityList& list) const { return memory_of(list.names); }
  std::size_t operator()(const EnabledList& list) const { return memory_of(list.names); }
  std::size_t operator()(const NamespaceList& list) const {
    return memory_of_all(list.personal) + memory_of_all(list.other_users) + memory_of_all(list.shared);
  }
  std::size_t operator()(const MailboxListing& listing) const { return memory_of(listing); }
  std::size_t operator()(const MailboxStatus& status) const { return memory_of(status); }
  std::size_t operator()(const SearchResult& result) const { return memory_of(result.numbers); }
  std::size_t operator()(const ExtendedSearchResult& result) const {
    return memory_of(result.tag) + memory_of_any(result.all);
  }
  std::size_t operator()(const FlagList& list) const { return memory_of(list.flags); }
  std::size_t operator()(const Vanished& vanished) const { return memory_of(vanished.uids); }
  std::size_t operator()(const FetchResponse& fetch) const { return memory_of(fetch); }
  std::size_t operator()(const ServerId& id) const {
    std::size_t bytes = 0;
    for (const auto& [name, value] : id.fields) {
      bytes += sizeof(id.fields.front()) + memory_of(name) + memory_of_any(value);
    }
    return bytes;
  }
  std::size_t operator()(const UnknownResponse& unknown) const { return memory_of(unknown.keyword); }
  std::size_t operator()(const Exists&) const { return 0; }
  std::size_t operator()(const Recent&) const { return 0; }
  std::size_t operator()(const Expunge&) const { return 0; }
};

}  // namespace

std::size_t memory_of(const std::string& text) {
  return sizeof(text) + (text.capacity() < sizeof(text) ? 0 : text.capacity() + allocation_bytes);
}

std::size_t memory_of(const std::vector<std::string>& texts) {
  std::size_t bytes = sizeof(texts) + allocation_bytes;
  for (const auto& text : texts) bytes += memory_of(text);
  return bytes;
}

std::size_t memory_of(const UidSet& uids) {
  return sizeof(uids) + allocation_bytes + uids.ranges().size() * sizeof(UidRange);
}

std::size_t memory_of(const MailboxListing& listing) {
  return sizeof(listing) + memory_of(listing.attributes) + memory_of(listing.name) +
         memory_of_any(listing.old_name) + memory_of(listing.child_info);
}

std::size_t memory_of(const MailboxStatus& status) {
  return sizeof(status) + memory_of(status.name) + memory_of_any(status.mailbox_id);
}

std::size_t memory_of(const FetchResponse& fetch) {
  std::size_t bytes = sizeof(fetch) + memory_of_any(fetch.flags) + memory_of_any(fetch.email_id) +
                      memory_of_any(fetch.thread_id) + memory_of_any(fetch.gmail_labels);
  for (const auto& section : fetch.sections) {
    bytes += sizeof(section) + memory_of(section.section) + memory_of(section.bytes);
  }
  return bytes;
}

std::size_t memory_of(const Response& response) { return sizeof(response) + std::visit(Held{}, response); }

}  // namespace hermod::imap
