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

// Writes the decoded part; the bytes stay in memory as long as the answer is under way.
std::function<Status(std::ostream&)> streamed_part(std::string raw, std::string part_path) {
  return [raw = std::make_shared<const std::string>(std::move(raw)),
          part_path = std::move(part_path)](std::ostream& out) -> Status {
    auto written = mime::extract_attachment(*raw, part_path, [&](std::string_view piece) {
      return static_cast<bool>(out.write(piece.data(), static_cast<std::streamsize>(piece.size())));
    });
    if (!written) return std::move(written).error();
    return ok();
  };
}

Result<Reply> download(Api& api, Request& request, const AccountScope& scope) {
  auto found = look_up(api, request, scope, store::MessageColumns::raw);
  if (!found) return std::move(found).error();
  auto attachment = parse_json_object(found->stored);
  if (!attachment) return std::move(attachment).error();
  auto raw = read_raw(api, scope, found->message.row(0));
  if (!raw) return std::move(raw).error();
  const auto text = [&](const char* name) { return (*attachment)->optValue<std::string>(name, ""); };
  Reply reply;
  reply.content_type = safe_media_type(text("content_type"));
  const bool is_inline = text("content_disposition") == "inline";
  reply.headers.emplace_back(
      "Content-Disposition",
      content_disposition(is_inline ? Disposition::inline_ : Disposition::attachment, text("filename")));
  // A browser must not take a stranger's file for a page of this server.
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.headers.emplace_back("Content-Security-Policy", "sandbox");
  reply.stream_bytes = (*attachment)->optValue<std::uint64_t>("size", 0);
  reply.stream = streamed_part(std::move(*raw), text("part_path"));
  return reply;
}

}  // namespace

void add_attachment_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/attachments/{attachment}", find);
  add_account_route(router, api, Method::get, "/attachments/{attachment}/download", download);
}

}  // namespace hermod::server
