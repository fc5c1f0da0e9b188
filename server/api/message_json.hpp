// Messages and attachments as the API writes them (contract C3). Members appear in the contract's order.
#pragma once

#include "core/mime/message.hpp"
#include "core/store/message_query.hpp"
#include "server/api/selection.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {

// What the `fields` parameter asks for beside the standard members.
enum class MessageFields : std::uint8_t { standard, include_headers, include_basic_headers, raw_mime };
// Absent or include_tracking_options: standard. Error{invalid_argument}.
Result<MessageFields> parse_message_fields(std::optional<std::string_view> text);

struct MessageView {
  std::string_view grant_id;
  const Selection& selection;
  std::string_view object = "message";                 // or "draft"
  const std::vector<mime::Header>* headers = nullptr;  // null: not asked for
  std::string_view details = {};                       // of a draft: a JSON object whose members are shown, too
};
void write_message(JsonWriter& writer, const store::MessageRow& message, const MessageView& view);

// grant_id, object, id and raw_mime alone; without raw_mime where the bytes are not held.
void write_raw_mime(JsonWriter& writer, const store::MessageRow& message, std::string_view grant_id,
                    std::optional<std::string_view> raw);

// `stored`: an element of messages.attachments. Its place in the message is not shown.
void write_attachment(JsonWriter& writer, std::string_view stored, std::string_view grant_id);

// The ids of a uuid[] as an array of public ids.
void write_ids(JsonWriter& writer, std::string_view literal);

}  // namespace hermod::server
