// G/drafts: list, find, create, update, destroy. A draft is any message in the folder of that role, whoever
// wrote it.
#include <sstream>

#include "core/mime/header_writer.hpp"
#include "core/store/application_store.hpp"
#include "core/store/draft_store.hpp"
#include "core/store/folder_query.hpp"
#include "core/store/message_content.hpp"
#include "core/store/repeat.hpp"
#include "server/api/draft_input.hpp"
#include "server/api/list_query.hpp"
#include "server/api/message_json.hpp"
#include "server/api/message_lookup.hpp"
#include "server/api/raw_message.hpp"
#include "server/api/writes.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

const std::string drafts_role(to_string(Role::drafts));
constexpr int update_attempts_max = 10;  // of one request, while others change the same draft

Result<store::Folder> drafts_folder(store::Connection& connection, const AccountScope& scope) {
  auto folder = store::find_folder(connection, scope.account_id, drafts_role);
  if (folder || folder.error().kind != ErrorKind::not_found) return folder;
  return failure(ErrorKind::conflict, "the account has no drafts folder",
                 "give a folder the role with PUT /folders/{id} {\"attributes\": [\"\\\\Drafts\"]}");
}

struct FoundDraft {
  store::Folder folder;
  store::MessagePage page;
  std::string details;
  store::MessageRow row() const { return page.row(0); }
};

Result<std::string> details_of(store::Connection& connection, const AccountScope& scope,
                               const ids::ObjectId& message_id) {
  auto details = store::draft_details(connection, scope.account_id, {message_id});
  if (!details) return std::move(details).error();
  const auto found = details->find(message_id);
  return found == details->end() ? std::string() : std::move(found->second);
}

Result<FoundDraft> find_draft(store::Connection& connection, const AccountScope& scope,
                              const Request& request, store::MessageColumns columns) {
  const Error absent = failure(ErrorKind::not_found, "there is no such draft");
  auto folder = store::find_folder(connection, scope.account_id, drafts_role);
  if (!folder) return folder.error().kind == ErrorKind::not_found ? absent : std::move(folder).error();
  auto page = find_one_message(connection, scope.account_id, request.segment("draft"), columns);
  if (!page) return page.error().kind == ErrorKind::not_found ? absent : std::move(page).error();
  bool inside = false;
  store::for_each_id(page->row(0).folders,
                     [&](const ids::ObjectId& id) { inside = inside || id == folder->folder_id; });
  if (!inside) return absent;
  auto details = details_of(connection, scope, page->row(0).message_id);
  if (!details) return std::move(details).error();
  return FoundDraft{std::move(*folder), std::move(*page), std::move(*details)};
}

Result<Reply> list(Api& api, Request& request, const AccountScope& scope) {
  auto page = parse_page(request.query, scope.account_id, ListKind::drafts);
  if (!page) return std::move(page).error();
  auto filter = parse_message_filter(request.query);
  if (!filter) return std::move(filter).error();
  filter->in = {drafts_role};
  const Selection selection = Selection::of(request.query);
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::list_messages(
      *connection, scope.account_id, *filter, *page,
      selection.has("body") ? store::MessageColumns::body : store::MessageColumns::narrow);
  if (!found) return std::move(found).error();
  std::vector<ids::ObjectId> message_ids;
  for (int i = 0; i < found->size(); ++i) message_ids.push_back(found->row(i).message_id);
  auto details = store::draft_details(*connection, scope.account_id, message_ids);
  if (!details) return std::move(details).error();
  std::optional<std::string> cursor;
  if (auto next = found->next()) cursor = page_token(scope.account_id, ListKind::drafts, *next);
  return list_reply(
      request,
      [&](JsonWriter& writer) {
        for (int i = 0; i < found->size(); ++i) {
          const store::MessageRow row = found->row(i);
          write_message(writer, row,
                        {.grant_id = scope.grant_id,
                         .selection = selection,
                         .object = "draft",
                         .details = (*details)[row.message_id]});
        }
      },
      cursor);
}

Result<Reply> find(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto draft = find_draft(*connection, scope, request, store::MessageColumns::body);
  if (!draft) return std::move(draft).error();
  return data_reply(request, [&](JsonWriter& writer) {
    const Selection selection = Selection::of(request.query);
    write_message(
        writer, draft->row(),
        {.grant_id = scope.grant_id, .selection = selection, .object = "draft", .details = draft->details});
  });
}

std::string domain_of(const std::string& address) {
  const std::size_t at = address.rfind('@');
  std::string domain =
      at == std::string::npos ? std::string() : mime::ascii_domain(std::string_view(address).substr(at + 1));
  return domain.empty() ? "localhost" : domain;
}

// The message's bytes and what is stored of them. Each version has a Message-ID of its own: by it a plugin
// finds out whether it is there already.
Result<store::DraftWrite> composed(const std::string& address, DraftInput& input, std::int64_t received_at) {
  mime::OutgoingMessage& message = input.message;
  if (message.from.empty() && address.contains('@')) message.from = {{"", address}};
  message.message_id = ids::to_public(ids::new_object_id()) + "@" +
                       domain_of(message.from.empty() ? address : message.from.front().email);
  message.date = store::unix_seconds();
  auto raw = mime::compose(message);
  if (!raw) return std::move(raw).error();
  store::DraftWrite write;
  write.content = store::content_of(mime::parse_message(*raw), {}, received_at);
  write.content.size = raw->size();
  write.raw = std::move(*raw);
  if (input.details->size() > 0) {
    std::ostringstream details;
    input.details->stringify(details);
    write.details = std::move(details).str();
  }
  write.metadata = input.metadata;
  write.unread = input.unread;
  write.starred = input.starred;
  return write;
}

Result<std::string> address_of(store::Connection& connection, const AccountScope& scope) {
  auto rows = connection.query("SELECT email FROM grants WHERE account_id = $1", scope.account_id);
  if (!rows) return std::move(rows).error();
  return rows->empty() ? std::string() : std::string(rows->text(0, 0));
}

Result<Reply> answer(store::Connection& connection, const Request& request, const AccountScope& scope,
                     const store::WrittenDraft& written) {
  auto found =
      store::find_messages(connection, scope.account_id, {written.message_id}, store::MessageColumns::body);
  if (!found) return std::move(found).error();
  if (found->size() == 0) return failure(ErrorKind::not_found, "there is no such draft");
  auto details = details_of(connection, scope, written.message_id);
  if (!details) return std::move(details).error();
  const Selection whole;
  return written_reply(request, written.action_id, [&](JsonWriter& writer) {
    write_message(writer, found->row(0),
                  {.grant_id = scope.grant_id, .selection = whole, .object = "draft", .details = *details});
  });
}

Result<Reply> create(Api& api, Request& request, const AccountScope& scope) {
  auto body = read_draft_body(api, request);
  if (!body) return std::move(body).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  DraftInput input;
  if (Status read = read_draft(api, *connection, scope, *body, input); !read) return std::move(read).error();
  auto folder = drafts_folder(*connection, scope);
  if (!folder) return std::move(folder).error();
  auto address = address_of(*connection, scope);
  if (!address) return std::move(address).error();
  auto write = composed(*address, input, store::unix_seconds());
  if (!write) return std::move(write).error();
  auto written = store::repeated(
      [&] { return store::create_draft(*connection, scope.account_id, folder->folder_id, *write); });
  if (!written) return std::move(written).error();
  return answer(*connection, request, scope, *written);
}

// Error{conflict}: somebody else's version came between what was read and what was written.
Result<store::WrittenDraft> update_once(Api& api, store::Connection& connection, const Request& request,
                                        const AccountScope& scope, DraftBody& body) {
  auto draft = find_draft(connection, scope, request, store::MessageColumns::raw);
  if (!draft) return std::move(draft).error();
  const store::MessageRow row = draft->row();
  const store::DraftVersion base = row.mid ? store::DraftVersion(*row.mid) : std::nullopt;
  auto raw = read_raw(api, scope, row);
  if (!raw) return std::move(raw).error();
  auto now = store::version_of_draft(connection, scope.account_id, row.message_id);
  if (!now) return std::move(now).error();
  if (*now != base) return failure(ErrorKind::conflict, "the draft was changed meanwhile");
  DraftInput input;
  if (Status taken = take_over(row, *raw, draft->details, input); !taken) return std::move(taken).error();
  if (Status read = read_draft(api, connection, scope, body, input); !read) return std::move(read).error();
  if (!input.changes_content) {
    if (!input.unread && !input.starred && !input.metadata)
      return failure(ErrorKind::invalid_argument, "the request changes nothing");
    auto action_id = store::write_messages(connection, scope.account_id,
                                           {.kind = actions::ActionKind::draft_update,
                                            .target = row.message_id,
                                            .messages = {row.message_id},
                                            .intent = {input.unread, input.starred, {}},
                                            .metadata = input.metadata});
    if (!action_id) return std::move(action_id).error();
    return store::WrittenDraft{row.message_id, *action_id};
  }
  auto address = address_of(connection, scope);
  if (!address) return std::move(address).error();
  auto write = composed(*address, input, row.received_at);
  if (!write) return std::move(write).error();
  return store::update_draft(connection, scope.account_id, draft->folder.folder_id, row.message_id, base,
                             *write);
}

// What the request does not name is that of the version before, also where several come at the same time.
Result<Reply> update(Api& api, Request& request, const AccountScope& scope) {
  auto body = read_draft_body(api, request);
  if (!body) return std::move(body).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  for (int attempt = 1;; ++attempt) {
    auto written = update_once(api, *connection, request, scope, *body);
    if (written) return answer(*connection, request, scope, *written);
    if (written.error().kind != ErrorKind::conflict || attempt == update_attempts_max)
      return std::move(written).error();
  }
}

// For good: a draft that is thrown away is nobody's mail.
Result<Reply> destroy(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto draft = find_draft(*connection, scope, request, store::MessageColumns::narrow);
  if (!draft) return std::move(draft).error();
  const ids::ObjectId message_id = draft->row().message_id;
  auto action_id = store::write_messages(*connection, scope.account_id,
                                         {.kind = actions::ActionKind::draft_destroy,
                                          .target = message_id,
                                          .messages = {message_id},
                                          .intent = {{}, {}, std::vector<ids::ObjectId>{}},
                                          .metadata = {}});
  if (!action_id) return std::move(action_id).error();
  return written_reply(request, *action_id);
}

}  // namespace

void add_draft_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/drafts", list);
  add_account_route(router, api, Method::post, "/drafts", create);
  add_account_route(router, api, Method::get, "/drafts/{draft}", find);
  add_account_route(router, api, Method::put, "/drafts/{draft}", update);
  add_account_route(router, api, Method::del, "/drafts/{draft}", destroy);
}

}  // namespace hermod::server
