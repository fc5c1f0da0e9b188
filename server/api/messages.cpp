// G/messages: list, find, batch, update, destroy.
#include <unordered_map>

#include "core/threading/thread_key.hpp"
#include "server/api/json_input.hpp"
#include "server/api/list_query.hpp"
#include "server/api/message_json.hpp"
#include "server/api/message_lookup.hpp"
#include "server/api/native_search.hpp"
#include "server/api/raw_message.hpp"
#include "server/api/writes.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

// Writes messages one by one as `fields` and `select` ask. Among many one without raw bytes has no `raw_mime`.
enum class Shown : std::uint8_t { alone, among_many };

class MessageWriter {
 public:
  MessageWriter(const Api& api, const AccountScope& scope, const Selection& selection, MessageFields fields,
                Shown shown)
      : api_(api), scope_(scope), selection_(selection), fields_(fields), shown_(shown) {}

  Status write(JsonWriter& writer, const store::MessageRow& message) const {
    if (fields_ == MessageFields::raw_mime) {
      auto raw = read_raw(api_, scope_, message);
      const bool left_out = !raw && raw.error().kind == ErrorKind::not_found && shown_ == Shown::among_many;
      if (!raw && !left_out) return std::move(raw).error();
      write_raw_mime(writer, message, scope_.grant_id, left_out ? std::nullopt : std::optional<std::string_view>(*raw));
      return ok();
    }
    std::vector<mime::Header> headers;
    if (fields_ != MessageFields::standard) {
      auto read = read_headers(api_, scope_, message);
      if (!read) return std::move(read).error();
      headers = fields_ == MessageFields::include_headers ? std::move(*read) : mime::basic_headers(*read);
    }
    const auto* shown = fields_ == MessageFields::standard ? nullptr : &headers;
    write_message(writer, message, {.grant_id = scope_.grant_id, .selection = selection_, .headers = shown});
    return ok();
  }

 private:
  const Api& api_;
  const AccountScope& scope_;
  const Selection& selection_;
  MessageFields fields_;
  Shown shown_;
};

// How many rows fit a page by their raw bytes, at least one.
int rows_that_fit(const Api& api, const store::MessagePage& page) {
  std::uint64_t bytes = 0;
  for (int i = 0; i < page.size(); ++i) {
    bytes += raw_bytes_of(api, page.row(i));
    if (i > 0 && bytes > api.services.options.page_raw_bytes) return i;
  }
  return page.size();
}

// The part of the budget that the first `count` rows take; none where no raw bytes are asked for.
Result<RawBudget::Part> take_raw_budget(Api& api, const store::MessagePage& page, int count, MessageFields fields) {
  if (fields != MessageFields::raw_mime) return RawBudget::Part();
  std::uint64_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += raw_bytes_of(api, page.row(i));
  return api.raw_budget.take(bytes);
}

// Before one waits for other things: others need it.
void give_back(Result<store::Connection> connection) { (void)connection; }

store::MessageColumns columns_of(MessageFields fields, bool body) {
  const auto raw =
      fields == MessageFields::standard ? store::MessageColumns::narrow : store::MessageColumns::raw;
  const bool joined = body && fields != MessageFields::raw_mime;
  return raw | (joined ? store::MessageColumns::body : store::MessageColumns::narrow);
}

Result<Reply> list(Api& api, Request& request, const AccountScope& scope) {
  auto page = parse_page(request.query, scope.account_id, ListKind::messages);
  if (!page) return std::move(page).error();
  auto filter = parse_message_filter(request.query);
  if (!filter) return std::move(filter).error();
  auto fields = parse_message_fields(request.query.find("fields"));
  if (!fields) return std::move(fields).error();
  const Selection selection = Selection::of(request.query);

  auto search = NativeSearch::run(api, scope, request.query, *page, *filter);
  if (!search) return std::move(search).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::list_messages(*connection, scope.account_id, *filter, *page,
                                    columns_of(*fields, selection.has("body")));
  if (!found) return std::move(found).error();
  const int shown = *fields == MessageFields::raw_mime ? rows_that_fit(api, *found) : found->size();
  std::optional<std::string> cursor;
  if (auto next = shown < found->size() ? std::optional(found->position(shown - 1)) : found->next()) {
    cursor = page_token(scope.account_id, ListKind::messages, *next);
    if (Status kept = search->keep(*connection, scope, *filter); !kept) return std::move(kept).error();
  }
  give_back(std::move(connection));
  auto budget = take_raw_budget(api, *found, shown, *fields);
  if (!budget) return std::move(budget).error();
  Status written = ok();
  const MessageWriter each(api, scope, selection, *fields, Shown::among_many);
  Reply reply = list_reply(
      request,
      [&](JsonWriter& writer) {
        for (int i = 0; i < shown && written; ++i) written = each.write(writer, found->row(i));
      },
      cursor);
  if (!written) return std::move(written).error();
  reply.holds = std::move(*budget);
  return reply;
}

Result<Reply> find(Api& api, Request& request, const AccountScope& scope) {
  auto fields = parse_message_fields(request.query.find("fields"));
  if (!fields) return std::move(fields).error();
  const Selection selection = Selection::of(request.query);
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = find_one_message(*connection, scope.account_id, request.segment("message"),
                                columns_of(*fields, selection.has("body")));
  if (!found) return std::move(found).error();
  give_back(std::move(connection));
  auto budget = take_raw_budget(api, *found, 1, *fields);
  if (!budget) return std::move(budget).error();
  Status written = ok();
  Reply reply = data_reply(request, [&](JsonWriter& writer) {
    written = MessageWriter(api, scope, selection, *fields, Shown::alone).write(writer, found->row(0));
  });
  if (!written) return std::move(written).error();
  reply.holds = std::move(*budget);
  return reply;
}

Result<ids::ObjectId> message_named(store::Connection& connection, const AccountScope& scope, const Request& request) {
  auto found = find_one_message(connection, scope.account_id, request.segment("message"), store::MessageColumns::narrow);
  if (!found) return std::move(found).error();
  return found->row(0).message_id;
}

Result<Reply> update(Api& api, Request& request, const AccountScope& scope) {
  auto body = read_json_body(request, api.services.options.json_body_bytes);
  if (!body) return std::move(body).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto message_id = message_named(*connection, scope, request);
  if (!message_id) return std::move(message_id).error();
  auto change = parse_message_change(*connection, scope, **body, ChangeOf::message);
  if (!change) return std::move(change).error();
  auto action_id = store::write_messages(*connection, scope.account_id,
                                         {.kind = actions::ActionKind::message_update,
                                          .target = *message_id,
                                          .messages = {*message_id},
                                          .intent = change->intent,
                                          .metadata = change->metadata});
  if (!action_id) return std::move(action_id).error();
  auto found = store::find_messages(*connection, scope.account_id, {*message_id}, store::MessageColumns::body);
  if (!found) return std::move(found).error();
  if (found->size() == 0) return failure(ErrorKind::not_found, "there is no such message");
  const Selection whole;
  return written_reply(request, *action_id, [&](JsonWriter& writer) {
    write_message(writer, found->row(0), {.grant_id = scope.grant_id, .selection = whole});
  });
}

Result<Reply> destroy(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto message_id = message_named(*connection, scope, request);
  if (!message_id) return std::move(message_id).error();
  auto deletion = parse_deletion(*connection, scope, request.query);
  if (!deletion) return std::move(deletion).error();
  auto action_id = store::write_messages(*connection, scope.account_id,
                                         {.kind = actions::ActionKind::message_destroy,
                                          .target = *message_id,
                                          .messages = {*message_id},
                                          .intent = std::move(*deletion),
                                          .metadata = {}});
  if (!action_id) return std::move(action_id).error();
  return written_reply(request, *action_id);
}

struct BatchRequest {
  std::vector<std::string> wanted;  // in the order asked, each once
  MessageFields fields = MessageFields::standard;
  Selection selection;
};

Result<BatchRequest> parse_batch(Request& request, std::uint64_t bytes_max) {
  auto body = read_json_body(request, bytes_max);
  if (!body) return std::move(body).error();
  auto ids = text_list(**body, "ids", store::page_limit_max);
  auto fields_text = text_member(**body, "fields");
  auto select = text_member(**body, "select");
  for (const Error* error : {error_of(ids), error_of(fields_text), error_of(select)}) {
    if (error != nullptr) return *error;
  }
  auto fields = parse_message_fields(*fields_text);
  if (!fields) return std::move(fields).error();
  BatchRequest batch{{}, *fields, Selection(split_at_commas(select->value_or("")))};
  for (std::string& id : *ids) {
    if (std::ranges::find(batch.wanted, id) == batch.wanted.end()) batch.wanted.push_back(std::move(id));
  }
  if (!batch.wanted.empty()) return batch;
  return failure(ErrorKind::invalid_argument, "`ids` names no message", R"(send {"ids": ["…"]})");
}

Result<Reply> batch(Api& api, Request& request, const AccountScope& scope) {
  auto batch = parse_batch(request, api.services.options.json_body_bytes);
  if (!batch) return std::move(batch).error();
  std::vector<ids::ObjectId> message_ids;
  for (const std::string& id : batch->wanted) {
    if (auto parsed = ids::parse_public(id)) message_ids.push_back(*parsed);
  }
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::find_messages(*connection, scope.account_id, message_ids,
                                    columns_of(batch->fields, batch->selection.has("body")));
  if (!found) return std::move(found).error();
  give_back(std::move(connection));
  if (batch->fields == MessageFields::raw_mime && rows_that_fit(api, *found) < found->size()) {
    return failure(ErrorKind::limit,
                   "the raw messages of one answer may be " +
                       std::to_string(api.services.options.page_raw_bytes) + " bytes together",
                   "ask for fewer at once, or for one");
  }
  auto budget = take_raw_budget(api, *found, found->size(), batch->fields);
  if (!budget) return std::move(budget).error();
  std::unordered_map<std::string, int> rows;
  for (int i = 0; i < found->size(); ++i) rows.emplace(ids::to_public(found->row(i).message_id), i);

  const MessageWriter each(api, scope, batch->selection, batch->fields, Shown::among_many);
  std::vector<std::string> missing;
  JsonWriter writer;
  writer.begin_object().member("request_id", request.id).key("data").begin_array();
  for (const std::string& id : batch->wanted) {
    const auto row = rows.find(id);
    if (row == rows.end()) {
      missing.push_back(id);
    } else if (Status written = each.write(writer, found->row(row->second)); !written) {
      return std::move(written).error();
    }
  }
  writer.end_array().key("missing").begin_array();
  for (const std::string& id : missing) writer.value(id);
  return Reply{.body = writer.end_array().end_object().text(), .holds = std::move(*budget)};
}

}  // namespace

Result<store::MessagePage> find_one_message(store::Connection& connection, const ids::ObjectId& account_id,
                                            const std::string& name, store::MessageColumns columns) {
  const auto message_id = ids::parse_public(name);
  const bool is_header = name.size() > 2 && name.starts_with('<') && name.ends_with('>');
  if (!message_id && !is_header) return failure(ErrorKind::not_found, "there is no such message");
  auto found =
      message_id ? store::find_messages(connection, account_id, {*message_id}, columns)
                 : store::find_message(connection, account_id,
                                       {name.substr(1, name.size() - 2), threading::mid_key(name)}, columns);
  if (found && found->size() == 0) return failure(ErrorKind::not_found, "there is no such message");
  return found;
}

void add_message_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/messages", list);
  add_account_route(router, api, Method::get, "/messages/{message}", find);
  add_account_route(router, api, Method::put, "/messages/{message}", update);
  add_account_route(router, api, Method::del, "/messages/{message}", destroy);
  add_account_route(router, api, Method::post, "/messages/batch", batch);
}

}  // namespace hermod::server
