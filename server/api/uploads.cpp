// G/attachment-uploads: files sent ahead of the draft that names them. The bytes go to an address with a
// secret in it, without a key, as clients of other services' pre-signed addresses send them.
#include <array>

#include "core/mime/compose_check.hpp"
#include "core/store/upload_store.hpp"
#include "server/api/json_input.hpp"
#include "server/api/route_context.hpp"
#include "server/failure.hpp"
#include "server/http/spooled_bytes.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t file_bytes_max = mime::outgoing_file_bytes_max;

Error too_large() {
  return failure(ErrorKind::limit, "the file is larger than " + std::to_string(file_bytes_max) + " bytes");
}

Result<std::optional<std::int64_t>> size_member(const Poco::JSON::Object& body) {
  const auto value = body.get("size");
  if (value.isEmpty()) return std::optional<std::int64_t>();
  if (!value.isInteger() || value.isBoolean() || value.convert<double>() < 0)
    return failure(ErrorKind::invalid_argument, "`size` is not a number of bytes");
  if (value.convert<double>() > static_cast<double>(file_bytes_max)) return too_large();
  const auto size = value.convert<std::int64_t>();
  // Clients that do not know the size say 0.
  return size == 0 ? std::nullopt : std::optional(size);
}

Result<store::UploadInput> read_input(Request& request, std::uint64_t bytes_max) {
  auto body = read_json_body(request, bytes_max);
  if (!body) return std::move(body).error();
  auto filename = text_member(**body, "filename");
  auto content_type = text_member(**body, "content_type");
  auto size = size_member(**body);
  for (const Error* error : {error_of(filename), error_of(content_type), error_of(size)}) {
    if (error != nullptr) return *error;
  }
  for (const auto& [name, text] :
       {std::pair("filename", &*filename), std::pair("content_type", &*content_type)}) {
    if (text->value_or("").empty())
      return failure(ErrorKind::invalid_argument, "`" + std::string(name) + "` is missing");
  }
  store::UploadInput input{std::move(**filename), std::move(**content_type), *size};
  // What no message can have is refused now, not after the bytes came.
  mime::OutgoingMessage message;
  message.message_id = "upload@localhost";  // checked too
  message.files.push_back({.filename = input.filename, .content_type = input.content_type});
  if (Status checked = mime::check(message); !checked) return std::move(checked).error();
  return input;
}

// As the client reaches this server.
Result<std::string> base_of(const Api& api, const Request& request) {
  const ApiOptions& options = api.services.options;
  if (!options.public_url.empty())
    return options.public_url.ends_with('/') ? options.public_url.substr(0, options.public_url.size() - 1)
                                             : options.public_url;
  const auto host = request.headers.find("host");
  if (!host || host->empty()) return failure(ErrorKind::invalid_argument, "the request has no Host header");
  return (options.tls ? "https://" : "http://") + std::string(*host);
}

Result<Reply> create(Api& api, Request& request, const AccountScope& scope) {
  auto input = read_input(request, api.services.options.json_body_bytes);
  if (!input) return std::move(input).error();
  auto base = base_of(api, request);
  if (!base) return std::move(base).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto added = store::add_upload(*connection, scope.account_id, *input);
  if (!added) return std::move(added).error();
  const std::string id = ids::to_public(added->upload_id);
  return data_reply(request, [&](JsonWriter& writer) {
    writer.begin_object()
        .member("attachment_id", id)
        .member("grant_id", scope.grant_id)
        .member("method", "PUT")
        .member("url", *base + "/v3/attachment-uploads/" + scope.grant_id + "/" + id + "/" + added->secret)
        .key("headers")
        .begin_object()
        .member("Content-Type", input->content_type)
        .end_object()
        .member("expires_at", added->expires_at)
        .member("max_size", file_bytes_max)
        .member("size", input->announced.value_or(0))
        .member("content_type", input->content_type)
        .member("filename", input->filename)
        .end_object();
  });
}

Result<Reply> complete(Api& api, Request& request, const AccountScope& scope) {
  const auto upload_id = ids::parse_public(request.segment("upload"));
  if (!upload_id) return failure(ErrorKind::not_found, "there is no such upload");
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto status = store::complete_upload(*connection, scope.account_id, *upload_id);
  if (!status) return std::move(status).error();
  return data_reply(request, [&](JsonWriter& writer) {
    writer.begin_object()
        .member("attachment_id", ids::to_public(*upload_id))
        .member("grant_id", scope.grant_id)
        .member("status", store::to_string(*status))
        .end_object();
  });
}

Status spool(RequestBody& body, SpooledBytes& bytes) {
  if (body.announced().value_or(0) > file_bytes_max) return too_large();
  if (body.stream() == nullptr) return ok();
  std::array<char, 16384> piece;
  while (body.stream()->read(piece.data(), piece.size()), body.stream()->gcount() > 0) {
    const std::string_view text(piece.data(), static_cast<std::size_t>(body.stream()->gcount()));
    if (bytes.size() + text.size() > file_bytes_max) return too_large();
    if (Status kept = bytes.append(text); !kept) return kept;
  }
  if (body.stream()->bad() || bytes.size() < body.announced().value_or(0))
    return failure(ErrorKind::invalid_argument, "the request body ended early");
  return ok();
}

// No connection is held while the bytes come, and none come from whoever does not know the secret.
Result<Reply> put(Api& api, Request& request) {
  const auto account_id = ids::parse_public(request.segment("grant"));
  const auto upload_id = ids::parse_public(request.segment("upload"));
  if (!account_id || !upload_id) return failure(ErrorKind::not_found, "there is no such upload");
  const std::string& secret = request.segment("secret");
  {
    auto connection = api.services.database.connect();
    if (!connection) return std::move(connection).error();
    if (Status admitted = store::admit_upload(*connection, *account_id, *upload_id, secret); !admitted)
      return std::move(admitted).error();
  }
  SpooledBytes bytes;
  if (Status spooled = spool(request.body, bytes); !spooled) return std::move(spooled).error();
  auto view = bytes.view();
  if (!view) return std::move(view).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  if (Status stored = store::put_upload(*connection, *account_id, *upload_id, secret, *view); !stored)
    return std::move(stored).error();
  return empty_reply(request);
}

}  // namespace

void add_upload_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::post, "/attachment-uploads", create);
  add_account_route(router, api, Method::post, "/attachment-uploads/{upload}/complete", complete);
  router.add(Method::put, "/v3/attachment-uploads/{grant}/{upload}/{secret}", Access::open,
             [api](Request& request) -> Result<Reply> { return put(*api, request); });
}

}  // namespace hermod::server
