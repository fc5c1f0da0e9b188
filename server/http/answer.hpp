// From Poco's request to ours and from our Reply to Poco's response. Thread rule: the thread that serves the
// request.
#pragma once

#include "server/http/reply.hpp"

namespace Poco::Net {
class HTTPServerRequest;
class HTTPServerResponse;
}  // namespace Poco::Net

namespace hermod::server {

// Header fields, body and peer. `incoming` must outlive the body.
Request read_request(Poco::Net::HTTPServerRequest& incoming);

// Sends it, after what the handler left unread of the request. Throws when the client is gone or a stream
// fails.
void send_reply(Reply reply, Poco::Net::HTTPServerRequest& incoming, Poco::Net::HTTPServerResponse& outgoing);

}  // namespace hermod::server
