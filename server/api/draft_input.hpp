// What a request says of a draft, or of a message to be sent: JSON alone, or a form with the part `message`
// and a part a file. Owner: one request; the files' bytes live as long as it does.
#pragma once

#include <deque>

#include "core/mime/compose.hpp"
#include "core/store/message_query.hpp"
#include "server/api/json_input.hpp"
#include "server/api/route_context.hpp"
#include "server/http/multipart_form.hpp"

namespace hermod::server {

struct DraftBody {
  Poco::JSON::Object::Ptr json;
  std::vector<FormPart> parts;
};

struct DraftInput {
  mime::OutgoingMessage message;  // its files' contents point into `kept` and the body's parts
  std::optional<bool> unread, starred;
  std::optional<std::string> metadata;
  Poco::JSON::Object::Ptr details = new Poco::JSON::Object;  // as draft_versions keeps them
  bool changes_content = false;                              // something of the message itself is given

  std::vector<std::pair<std::string, mime::OutgoingFile>>
      held;  // the draft's own, by the ids that clients know
  std::deque<std::string> kept;
};

// The message as it is, for what an update does not name. `details` may be empty.
Status take_over(const store::MessageRow& row, std::string_view raw, std::string_view details,
                 DraftInput& input);

// A client may take its time over it: while no connection to the database is held.
Result<DraftBody> read_draft_body(Api& api, Request& request);

// Takes the body over what `input` has. Error{invalid_argument} names the member.
Status read_draft(Api& api, store::Connection& connection, const AccountScope& scope, DraftBody& body,
                  DraftInput& input);

}  // namespace hermod::server
