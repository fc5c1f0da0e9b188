#include "server/api/draft_input.hpp"

#include <Poco/JSON/Array.h>

#include <algorithm>
#include <sstream>

#include "core/ids/text_encoding.hpp"
#include "core/mime/ascii.hpp"
#include "core/mime/compose_check.hpp"
#include "core/mime/parameters.hpp"
#include "core/store/upload_store.hpp"
#include "server/api/message_lookup.hpp"
#include "server/api/raw_message.hpp"
#include "server/api/stored_json.hpp"
#include "server/api/writes.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t kept_headers_max = mime::custom_headers_max;

Error bad(const std::string& member, std::string_view wanted) {
  return failure(ErrorKind::invalid_argument, "`" + member + "` is not " + std::string(wanted));
}

// take(object, its name in errors) for each object of a list. False: the member is absent.
template <class Take>
Result<bool> for_each_in_list(const Object& body, const std::string& name, Take take) {
  const auto value = body.get(name);
  if (value.isEmpty()) return false;
  if (value.type() != typeid(Array::Ptr)) return bad(name, "a list");
  const Array& list = *value.extract<Array::Ptr>();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string element = name + "[" + std::to_string(i) + "]";
    const auto each = list.get(static_cast<unsigned>(i));
    if (each.isEmpty() || each.type() != typeid(Object::Ptr)) return bad(element, "an object");
    if (Status taken = take(*each.extract<Object::Ptr>(), element); !taken) return std::move(taken).error();
  }
  return true;
}

Result<std::string> text_of(const Object& object, const std::string& element, const std::string& name) {
  auto text = text_member(object, name);
  if (!text) return bad(element + "." + name, "a string");
  return text->value_or("");
}

Status read_addresses(const Object& body, const std::string& name, std::vector<mime::EmailAddress>& list,
                      bool& given) {
  std::vector<mime::EmailAddress> read;
  auto found = for_each_in_list(body, name, [&](const Object& object, const std::string& element) -> Status {
    auto email = text_of(object, element, "email");
    auto display_name = text_of(object, element, "name");
    for (const Error* error : {error_of(email), error_of(display_name)}) {
      if (error != nullptr) return *error;
    }
    read.push_back({std::move(*display_name), std::string(mime::trimmed(*email))});
    return ok();
  });
  if (!found) return std::move(found).error();
  if (!*found) return ok();
  list = std::move(read);
  given = true;
  return ok();
}

Result<mime::Shown> shown_of(const Object& object, const std::string& element) {
  auto inline_ = boolean_member(object, "is_inline");
  if (!inline_) return bad(element + ".is_inline", "a boolean");
  auto disposition = text_of(object, element, "content_disposition");
  if (!disposition) return std::move(disposition).error();
  const std::string value = mime::Parameters(*disposition).value();
  if (!value.empty() && value != "inline" && value != "attachment")
    return bad(element + ".content_disposition", "inline or attachment");
  if (inline_->value_or(false) || value == "inline") return mime::Shown::inline_;
  return value == "attachment" ? mime::Shown::attached : mime::Shown::by_reference;
}

std::string without_brackets(std::string id) {
  if (id.size() > 2 && id.front() == '<' && id.back() == '>') return id.substr(1, id.size() - 2);
  return id;
}

// The files that a request brings, the draft's own, or uploads.
class FileReader {
 public:
  FileReader(store::Connection& connection, const AccountScope& scope, DraftInput& input)
      : connection_(connection), scope_(scope), input_(input) {}

  Status operator()(const Object& object, const std::string& element) {
    auto id = text_of(object, element, "id");
    if (!id) return std::move(id).error();
    if (!object.has("content") && !id->empty()) return take_held(*id, object, element);
    auto content = text_of(object, element, "content");
    auto filename = text_of(object, element, "filename");
    auto content_type = text_of(object, element, "content_type");
    auto content_id = text_of(object, element, "content_id");
    auto shown = shown_of(object, element);
    for (const Error* error : {error_of(content), error_of(filename), error_of(content_type),
                               error_of(content_id), error_of(shown)}) {
      if (error != nullptr) return *error;
    }
    std::erase_if(*content, mime::ascii_space);
    auto bytes = ids::base64_decode(*content);
    if (!bytes) return bad(element + ".content", "base64");
    input_.kept.push_back(std::move(*bytes));
    files.push_back({std::move(*filename), std::move(*content_type), without_brackets(std::move(*content_id)),
                     *shown, input_.kept.back()});
    return ok();
  }

  std::vector<mime::OutgoingFile> files;

 private:
  Status take_held(const std::string& id, const Object& object, const std::string& element) {
    const auto found = std::ranges::find(input_.held, id, [](const auto& each) { return each.first; });
    if (found == input_.held.end()) return take_uploaded(id, object, element);
    files.push_back(found->second);
    return ok();
  }

  Status take_uploaded(const std::string& id, const Object& object, const std::string& element) {
    auto content_id = text_of(object, element, "content_id");
    auto shown = shown_of(object, element);
    for (const Error* error : {error_of(content_id), error_of(shown)}) {
      if (error != nullptr) return *error;
    }
    const Error absent =
        failure(ErrorKind::invalid_argument,
                "`" + element + ".id` names neither a file of this draft nor an upload that is ready");
    const auto upload_id = ids::parse_public(id);
    if (!upload_id) return absent;
    auto upload = store::find_ready_upload(connection_, scope_.account_id, *upload_id);
    if (!upload) return std::move(upload).error();
    if (!*upload) return absent;
    // Before the bytes are in memory: one upload may be named many times.
    uploaded_bytes_ += static_cast<std::size_t>((*upload)->size);
    if (uploaded_bytes_ > mime::outgoing_file_bytes_max)
      return failure(ErrorKind::limit, "the files of `attachments` are too large together");
    auto bytes = store::upload_bytes(connection_, scope_.account_id, *upload_id);
    if (!bytes) return std::move(bytes).error();
    input_.kept.push_back(std::move(*bytes));
    files.push_back({std::move((*upload)->filename), std::move((*upload)->content_type),
                     without_brackets(std::move(*content_id)), *shown, input_.kept.back()});
    return ok();
  }

  store::Connection& connection_;
  const AccountScope& scope_;
  DraftInput& input_;
  std::size_t uploaded_bytes_ = 0;
};

// `fileN` is what clients name the part of a file that has no Content-ID.
bool is_numbered(std::string_view name) {
  return name.starts_with("file") && std::ranges::all_of(name.substr(4), mime::ascii_digit);
}

Status add_parts(DraftBody& body, std::vector<mime::OutgoingFile>& files) {
  for (FormPart& part : body.parts) {
    if (part.name == "message" && part.filename.empty()) continue;
    auto content = part.bytes.view();
    if (!content) return std::move(content).error();
    const bool is_id = !is_numbered(part.name) && mime::is_message_id(without_brackets(part.name));
    files.push_back({part.filename, part.content_type, is_id ? without_brackets(part.name) : std::string(),
                     mime::Shown::by_reference, *content});
  }
  return ok();
}

Status read_headers_member(const Object& body, DraftInput& input) {
  std::vector<mime::Header> headers;
  auto found = for_each_in_list(body, "custom_headers",
                                [&](const Object& object, const std::string& element) -> Status {
                                  auto name = text_of(object, element, "name");
                                  auto value = text_of(object, element, "value");
                                  for (const Error* error : {error_of(name), error_of(value)}) {
                                    if (error != nullptr) return *error;
                                  }
                                  headers.push_back({std::move(*name), std::move(*value)});
                                  return ok();
                                });
  if (!found) return std::move(found).error();
  if (!*found) return ok();
  input.message.custom_headers = std::move(headers);
  input.details->set("custom_headers", body.get("custom_headers"));
  input.changes_content = true;
  return ok();
}

// The parent's Message-ID and References are this message's threading.
Status read_parent(Api& api, store::Connection& connection, const AccountScope& scope, const Object& body,
                   DraftInput& input) {
  auto name = text_member(body, "reply_to_message_id");
  if (!name) return std::move(name).error();
  if (!*name || (*name)->empty()) return ok();
  input.changes_content = true;
  auto parent = find_one_message(connection, scope.account_id, **name, store::MessageColumns::raw);
  if (!parent && parent.error().kind == ErrorKind::not_found)
    return failure(ErrorKind::invalid_argument, "`reply_to_message_id` names a message that is not there");
  if (!parent) return std::move(parent).error();
  auto headers = read_headers(api, scope, parent->row(0));
  if (!headers) return std::move(headers).error();
  std::string block;
  for (const mime::Header& header : mime::basic_headers(*headers))
    block += header.name + ": " + header.value + "\r\n";
  const mime::ParsedMessage parsed = mime::parse_message(block + "\r\n");
  input.details->set("reply_to_message_id", ids::to_public(parent->row(0).message_id));
  if (!mime::is_message_id(parsed.message_id)) return ok();
  input.message.in_reply_to = parsed.message_id;
  input.message.references = mime::references_to(
      parsed.references.empty() ? parsed.in_reply_to : parsed.references, parsed.message_id);
  return ok();
}

Status read_texts(const Object& body, DraftInput& input) {
  auto subject = text_member(body, "subject");
  auto text = text_member(body, "body");
  auto plain = boolean_member(body, "is_plaintext");
  for (const Error* error : {error_of(subject), error_of(text), error_of(plain)}) {
    if (error != nullptr) return *error;
  }
  if (*subject) input.message.subject = std::move(**subject);
  if (*text) {
    input.message.body = std::move(**text);
    // New text is HTML unless it is said to be plain, now or before.
    const bool was_plain = input.details->optValue("is_plaintext", false);
    input.message.format = plain->value_or(was_plain) ? mime::BodyFormat::plain : mime::BodyFormat::html;
  } else if (*plain) {
    input.message.format = **plain ? mime::BodyFormat::plain : mime::BodyFormat::html;
  }
  if (*plain) input.details->set("is_plaintext", **plain);
  input.changes_content = input.changes_content || *subject || *text || *plain;
  return ok();
}

// Kept for later: they change nothing of the bytes.
Status read_wishes(const Object& body, DraftInput& input) {
  auto tracking = object_member(body, "tracking_options");
  if (!tracking) return std::move(tracking).error();
  if (!tracking->isNull()) input.details->set("tracking_options", *tracking);
  const auto send_at = body.get("send_at");
  if (!send_at.isEmpty() && !send_at.isInteger()) return bad("send_at", "a time in seconds");
  if (!send_at.isEmpty()) input.details->set("send_at", send_at);
  input.changes_content = input.changes_content || !tracking->isNull() || !send_at.isEmpty();
  auto unread = boolean_member(body, "unread");
  auto starred = boolean_member(body, "starred");
  auto metadata = metadata_member(body);
  for (const Error* error : {error_of(unread), error_of(starred), error_of(metadata)}) {
    if (error != nullptr) return *error;
  }
  input.unread = *unread;
  input.starred = *starred;
  input.metadata = std::move(*metadata);
  return ok();
}

}  // namespace

Status take_over(const store::MessageRow& row, std::string_view raw, std::string_view details,
                 DraftInput& input) {
  if (!details.empty()) {
    auto parsed = parse_json_object(details);
    if (!parsed) return std::move(parsed).error();
    input.details = std::move(*parsed);
  }
  mime::ParsedMessage parsed = mime::parse_message(raw);
  mime::OutgoingMessage& message = input.message;
  message.from = std::move(parsed.from);
  message.reply_to = std::move(parsed.reply_to);
  message.to = std::move(parsed.to);
  message.cc = std::move(parsed.cc);
  message.bcc = std::move(parsed.bcc);
  message.subject = std::move(parsed.subject);
  message.format = parsed.has_html ? mime::BodyFormat::html : mime::BodyFormat::plain;
  message.body = parsed.has_html ? std::move(parsed.body_html) : std::move(parsed.body_text);
  if (!parsed.in_reply_to.empty() && mime::is_message_id(parsed.in_reply_to.front())) {
    message.in_reply_to = parsed.in_reply_to.front();
    message.references = mime::references_to(parsed.references, message.in_reply_to);
  }
  const auto custom = input.details->getArray("custom_headers");
  for (const mime::Header& header : parsed.headers) {
    const bool ours = !custom.isNull() && std::ranges::any_of(*custom, [&](const Poco::Dynamic::Var& each) {
      return mime::ascii_equal(each.extract<Object::Ptr>()->optValue<std::string>("name", ""), header.name);
    });
    const bool foreign =
        mime::ascii_starts_with(header.name, "x-") && message.custom_headers.size() < kept_headers_max;
    if (ours || foreign) message.custom_headers.push_back(header);
  }
  // The stored attachments have the ids that clients know.
  Status taken = ok();
  for_each_object(row.attachments, [&](std::string_view stored) {
    if (!taken) return;
    auto attachment = parse_json_object(stored);
    if (!attachment) return;
    const auto text = [&](const char* name) { return (*attachment)->optValue<std::string>(name, ""); };
    std::string content;
    auto extracted = mime::extract_attachment(raw, text("part_path"), [&](std::string_view piece) {
      content += piece;
      return true;
    });
    if (!extracted) taken = std::move(extracted).error();
    input.kept.push_back(std::move(content));
    const bool is_inline = (*attachment)->optValue("is_inline", false);
    message.files.push_back({text("filename"), text("content_type"), text("content_id"),
                             is_inline ? mime::Shown::inline_ : mime::Shown::attached, input.kept.back()});
    input.held.emplace_back(text("id"), message.files.back());
  });
  return taken;
}

Result<DraftBody> read_draft_body(Api& api, Request& request) {
  DraftBody body;
  if (!has_form(request)) {
    auto json = read_json_body(request, api.services.options.json_body_bytes);
    if (!json) return std::move(json).error();
    body.json = std::move(*json);
    return body;
  }
  auto parts = read_form(request, api.services.options.multipart_body_bytes);
  if (!parts) return std::move(parts).error();
  body.parts = std::move(*parts);
  const auto message = std::ranges::find(body.parts, "message", &FormPart::name);
  if (message == body.parts.end())
    return failure(ErrorKind::invalid_argument, "the form has no part `message`",
                   "it holds the JSON; each file is a part of its own");
  if (message->bytes.size() > api.services.options.json_body_bytes)
    return failure(ErrorKind::limit, "the part `message` is too large");
  auto text = message->bytes.view();
  if (!text) return std::move(text).error();
  auto json = parse_json_object(*text);
  if (!json) return std::move(json).error();
  body.json = std::move(*json);
  return body;
}

Status read_draft(Api& api, store::Connection& connection, const AccountScope& scope, DraftBody& given,
                  DraftInput& input) {
  const Object& body = *given.json;
  mime::OutgoingMessage& message = input.message;
  for (auto& [name, list] : {std::pair<std::string, std::vector<mime::EmailAddress>&>("from", message.from),
                             {"reply_to", message.reply_to},
                             {"to", message.to},
                             {"cc", message.cc},
                             {"bcc", message.bcc}}) {
    if (Status addresses = read_addresses(body, name, list, input.changes_content); !addresses)
      return addresses;
  }
  if (Status texts = read_texts(body, input); !texts) return texts;
  if (Status wishes = read_wishes(body, input); !wishes) return wishes;
  if (Status headers = read_headers_member(body, input); !headers) return headers;
  if (Status parent = read_parent(api, connection, scope, body, input); !parent) return parent;
  FileReader files(connection, scope, input);
  auto named = for_each_in_list(body, "attachments", std::ref(files));
  if (!named) return std::move(named).error();
  if (Status added = add_parts(given, files.files); !added) return added;
  if (*named || !files.files.empty()) {
    message.files = std::move(files.files);
    input.changes_content = true;
  }
  return ok();
}

}  // namespace hermod::server
