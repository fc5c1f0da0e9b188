// LIST, STATUS, NAMESPACE and ID (RFC 9051 §7.3, RFC 2342, RFC 2971).
#include <algorithm>
#include <limits>

#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/response_parser.hpp"
#include "plugins/imap/wire/scanner.hpp"

namespace hermod::imap {
namespace {

constexpr std::uint32_t number_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t size_max = std::numeric_limits<std::int64_t>::max();

std::optional<char> parse_separator(Scanner& scan) {
  const auto text = scan.nstring();
  if (!text || text->empty()) return std::nullopt;
  return text->front();
}

std::vector<Namespace> parse_namespace_kind(Scanner& scan) {
  std::vector<Namespace> namespaces;
  if (scan.accept_word("NIL")) return namespaces;
  scan.each_in_list([&] {
    scan.expect('(');
    Namespace entry;
    entry.prefix = scan.astring();
    scan.expect(' ');
    entry.separator = parse_separator(scan);
    while (scan.accept(' ')) scan.skip_value();
    scan.expect(')');
    namespaces.push_back(std::move(entry));
  });
  return namespaces;
}

// `("OLDNAME" ("x") "CHILDINFO" ("SUBSCRIBED"))`
void parse_listing_extension(Scanner& scan, MailboxListing& listing) {
  const auto name = scan.astring();
  scan.expect(' ');
  if (equals_ignoring_case(name, "OLDNAME")) {
    auto names = scan.list();
    if (!names.empty()) listing.old_name = std::move(names.front());
  } else if (equals_ignoring_case(name, "CHILDINFO")) {
    listing.child_info = scan.list();
  } else {
    scan.skip_value();
  }
}

void parse_status_item(Scanner& scan, MailboxStatus& status) {
  const auto item = to_upper(scan.atom());
  scan.expect(' ');
  const auto small = [&] { return static_cast<std::uint32_t>(scan.number(number_max)); };
  if (item == "MESSAGES") {
    status.messages = small();
  } else if (item == "UIDNEXT") {
    status.uid_next = Uid{small()};
  } else if (item == "UIDVALIDITY") {
    status.uid_validity = UidValidity{small()};
  } else if (item == "UNSEEN") {
    status.unseen = small();
  } else if (item == "HIGHESTMODSEQ") {
    status.highest_modseq = ModSeq{scan.number(modseq_max)};
  } else if (item == "SIZE") {
    status.size = scan.number(size_max);
  } else if (item == "MAILBOXID") {
    auto ids = scan.list();
    if (!ids.empty()) status.mailbox_id = std::move(ids.front());
  } else if (item == "X-GUID") {
    status.mailbox_id = scan.astring();
  } else {
    scan.skip_value();
  }
}

}  // namespace

MailboxListing parse_listing(Scanner& scan) {
  MailboxListing listing;
  listing.attributes = scan.list();
  scan.expect(' ');
  listing.separator = parse_separator(scan);
  scan.expect(' ');
  listing.name = scan.astring();
  scan.skip_spaces();
  if (scan.next_is('(')) scan.each_in_list([&] { parse_listing_extension(scan, listing); });
  return listing;
}

MailboxStatus parse_mailbox_status(Scanner& scan) {
  MailboxStatus status;
  status.name = scan.astring();
  scan.expect(' ');
  scan.each_in_list([&] { parse_status_item(scan, status); });
  return status;
}

NamespaceList parse_namespaces(Scanner& scan) {
  NamespaceList result;
  result.personal = parse_namespace_kind(scan);
  scan.expect(' ');
  result.other_users = parse_namespace_kind(scan);
  scan.expect(' ');
  result.shared = parse_namespace_kind(scan);
  return result;
}

ServerId parse_server_id(Scanner& scan) {
  ServerId id;
  if (scan.accept_word("NIL")) return id;
  scan.each_in_list([&] {
    auto field = scan.string();
    scan.expect(' ');
    auto value = scan.nstring();
    id.fields.emplace_back(std::move(field), std::move(value));
  });
  return id;
}

bool has_attribute(const MailboxListing& folder, std::string_view attribute) {
  return std::ranges::any_of(
      folder.attributes, [&](const std::string& given) { return equals_ignoring_case(given, attribute); });
}

bool is_selectable(const MailboxListing& folder) {
  return !has_attribute(folder, "\\NoSelect") && !has_attribute(folder, "\\NonExistent");
}

}  // namespace hermod::imap
