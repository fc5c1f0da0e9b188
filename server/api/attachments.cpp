// G/attachments: find, download. An attachment is named together with its message.
#include "core/mime/message.hpp"
#include "server/api/content_disposition.hpp"
#include "server/api/json_input.hpp"
#include "server/api/list_query.hpp"
#include "server/api/message_json.hpp"
#include "server/api/message_lookup.hpp"
#include "server/api/raw_message.hpp"
#include "server/api/stored_json.hpp"
#include "server/failure.hpp"
#include "server/http/spooled_bytes.hpp"

namespace hermod::server {
namespace {

struct FoundAttachment {
  store::MessagePage message;
  std::string stored;  // its element of messages.attachments
};

Result<FoundAttachment> look_up(Api& api, const Request& request, const AccountScope& scope,
                                store::MessageColumns columns) {
  const auto message = parse_text(request.query, "message_id");
  if (!message) {
    return failure(ErrorKind::invalid_argument, "`message_id` is missing",
                   "name the message of the attachment");
  }
  const Error absent = failure(ErrorKind::not_found, "there is no such attachment in this message");
  const auto attachment_id = ids::parse_public(request.segment("attachment"));
  if (!attachment_id) return absent;
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = find_one_message(*connection, scope.account_id, *message, columns);
  if (!found) return std::move(found).error();
  const std::string wanted = '"' + ids::to_public(*attachment_id) + '"';
  std::string stored;
  for_each_object(found->row(0).attachments, [&](std::string_view each) {
    if (json_member(each, "id") == wanted) stored = each;
  });
  if (stored.empty()) return absent;
  return FoundAttachment{std::move(*found), std::move(stored)};
}

Result<Reply> find(Api& api, Request& request, const AccountScope& scope) {
  auto found = look_up(api, request, scope, store::MessageColumns::narrow);
  if (!found) return std::move(found).error();
  return data_reply(request,
                    [&](JsonWriter& writer) { write_attachment(writer, found->stored, scope.grant_id); });
}

// The decoded part, which a client may take its time to read; the message itself leaves the memory before
// that.
Result<std::shared_ptr<SpooledBytes>> decoded_part(Api& api, const AccountScope& scope,
                                                   const store::MessageRow& message,
                                                   const std::string& part_path) {
  auto budget = api.raw_budget.take(raw_bytes_of(api, message));
  if (!budget) return std::move(budget).error();
  auto raw = read_raw(api, scope, message);
  if (!raw) return std::move(raw).error();
  auto part = std::make_shared<SpooledBytes>();
  Status spooled = ok();
  auto extracted = mime::extract_attachment(*raw, part_path, [&](std::string_view piece) {
    spooled = part->append(piece);
    return static_cast<bool>(spooled);
  });
  if (!spooled) return std::move(spooled).error();
  if (!extracted) return std::move(extracted).error();
  return part;
}

std::function<Status(std::ostream&)> streamed(std::shared_ptr<SpooledBytes> part) {
  return [part = std::move(part)](std::ostream& out) -> Status {
    auto bytes = part->view();
    if (!bytes) return std::move(bytes).error();
    out.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
    return ok();  // whether the client took it shows in `out`
  };
}

Result<Reply> download(Api& api, Request& request, const AccountScope& scope) {
  auto found = look_up(api, request, scope, store::MessageColumns::raw);
  if (!found) return std::move(found).error();
  auto attachment = parse_json_object(found->stored);
  if (!attachment) return std::move(attachment).error();
  const auto text = [&](const char* name) { return (*attachment)->optValue<std::string>(name, ""); };
  auto part = decoded_part(api, scope, found->message.row(0), text("part_path"));
  if (!part) return std::move(part).error();
  Reply reply;
  reply.content_type = safe_media_type(text("content_type"));
  const bool is_inline = text("content_disposition") == "inline";
  reply.headers.emplace_back(
      "Content-Disposition",
      content_disposition(is_inline ? Disposition::inline_ : Disposition::attachment, text("filename")));
  // A browser must not take a stranger's file for a page of this server.
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.headers.emplace_back("Content-Security-Policy", "sandbox");
  reply.stream_bytes = (*part)->size();
  reply.stream = streamed(std::move(*part));
  return reply;
}

}  // namespace

void add_attachment_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/attachments/{attachment}", find);
  add_account_route(router, api, Method::get, "/attachments/{attachment}/download", download);
}

}  // namespace hermod::server
