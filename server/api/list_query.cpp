#include "server/api/list_query.hpp"

#include <limits>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::int64_t limit_default = 50;

// The values of a repeated parameter, each also split at commas where `separator` says so.
Status read_values(const Query& query, std::string_view key, char separator,
                   std::vector<std::string>& values) {
  values = query.all(key, separator);
  std::erase(values, "");
  if (values.size() <= store::filter_values_max) return ok();
  return failure(ErrorKind::invalid_argument, "`" + std::string(key) + "` has too many values",
                 "at most " + std::to_string(store::filter_values_max) + " are taken");
}

// What both lists of messages and lists of threads take.
Status read_shared(const Query& query, store::MessageFilter& filter) {
  if (parse_text(query, "q")) {
    return failure(
        ErrorKind::unsupported, "`q` is not supported for this grant",
        "use the filters from, to, cc, bcc, any_email, subject, in, unread, starred and the dates");
  }
  filter.subject = parse_text(query, "subject");
  struct Flag {
    std::string_view key;
    std::optional<bool>& value;
  };
  for (const Flag& flag : {Flag{"unread", filter.unread}, Flag{"starred", filter.starred},
                           Flag{"has_attachment", filter.has_attachment}}) {
    if (!parse_text(query, flag.key)) continue;
    auto value = query.boolean(flag.key);
    if (!value) return std::move(value).error();
    flag.value = *value;
  }
  struct Values {
    std::string_view key;
    char separator;
    std::vector<std::string>& values;
  };
  for (const Values& each : {Values{"from", ',', filter.from}, Values{"to", ',', filter.to},
                             Values{"cc", ',', filter.cc}, Values{"bcc", ',', filter.bcc},
                             Values{"any_email", ',', filter.any_email}, Values{"in", '\0', filter.in}}) {
    if (Status read = read_values(query, each.key, each.separator, each.values); !read) return read;
  }
  return ok();
}

Status read_number(const Query& query, std::string_view key, std::optional<std::int64_t>& number) {
  auto found = parse_number(query, key);
  if (!found) return std::move(found).error();
  number = *found;
  return ok();
}

}  // namespace

std::optional<std::string> parse_text(const Query& query, std::string_view key) {
  const auto found = query.find(key);
  if (!found || found->empty()) return std::nullopt;
  return std::string(*found);
}

Result<std::optional<std::int64_t>> parse_number(const Query& query, std::string_view key) {
  if (!parse_text(query, key)) return std::optional<std::int64_t>();
  auto number = query.number(key, 0, std::numeric_limits<std::int64_t>::min(),
                             std::numeric_limits<std::int64_t>::max());
  if (!number) return std::move(number).error();
  return std::optional(*number);
}

Result<store::PageRequest> parse_page(const Query& query, const ids::ObjectId& account_id, ListKind list) {
  store::PageRequest page;
  auto limit = query.number("limit", limit_default, 1, std::numeric_limits<std::int32_t>::max());
  if (!limit) return std::move(limit).error();
  page.limit = static_cast<int>(std::min<std::int64_t>(*limit, store::page_limit_max));
  if (const auto token = parse_text(query, "page_token")) {
    page.after = parse_page_token(account_id, list, *token);
    if (!page.after) {
      return failure(ErrorKind::invalid_argument, "the page_token is not one of this list",
                     "pass the next_cursor of the page before, unchanged");
    }
  }
  return page;
}

Result<store::MessageFilter> parse_message_filter(const Query& query) {
  store::MessageFilter filter;
  if (Status read = read_shared(query, filter); !read) return std::move(read).error();
  // What is no id names no thread: the nil id, which none has.
  if (const auto thread = parse_text(query, "thread_id")) {
    filter.thread_id = ids::parse_public(*thread).value_or(ids::ObjectId{});
  }
  if (Status read = read_number(query, "received_before", filter.received_before); !read)
    return std::move(read).error();
  if (Status read = read_number(query, "received_after", filter.received_after); !read)
    return std::move(read).error();
  return filter;
}

Result<store::ThreadFilter> parse_thread_filter(const Query& query) {
  store::ThreadFilter filter;
  if (Status read = read_shared(query, filter.message); !read) return std::move(read).error();
  if (Status read = read_number(query, "latest_message_before", filter.latest_before); !read) {
    return std::move(read).error();
  }
  if (Status read = read_number(query, "latest_message_after", filter.latest_after); !read) {
    return std::move(read).error();
  }
  return filter;
}

}  // namespace hermod::server
