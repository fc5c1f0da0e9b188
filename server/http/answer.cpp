#include "server/http/answer.hpp"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>

#include <array>
#include <sstream>

#include "server/http/detached_client.hpp"
#include "server/http/http_server.hpp"

namespace hermod::server {
namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

bool has_body(const HTTPServerRequest& incoming) {
  return incoming.getChunkedTransferEncoding() ||
         (incoming.hasContentLength() && incoming.getContentLength64() > 0);
}

// What stays unread would be taken for the next request.
void drain(HTTPServerRequest& incoming, HTTPServerResponse& outgoing) {
  if (!has_body(incoming)) return;
  std::array<char, 16384> piece;
  std::uint64_t drained = 0;
  std::istream& stream = incoming.stream();
  while (drained < HttpServer::drained_bytes_max && stream.good()) {
    stream.read(piece.data(), piece.size());
    drained += static_cast<std::uint64_t>(stream.gcount());
  }
  if (!stream.eof()) outgoing.setKeepAlive(false);
}

enum class Body { sent, left_out };  // HEAD: the header alone

void send_stream(const Reply& reply, HTTPServerResponse& outgoing, Body body) {
  if (reply.stream_bytes) {
    outgoing.setContentLength64(static_cast<Poco::Int64>(*reply.stream_bytes));
  } else {
    outgoing.setChunkedTransferEncoding(true);
  }
  std::ostream& stream = outgoing.send();
  if (body == Body::left_out) return;
  if (auto streamed = reply.stream(stream); !streamed || !stream.good()) {
    throw Poco::Net::NetException("the answer could not be completed");
  }
}

void detach(Reply reply, HTTPServerRequest& incoming, HTTPServerResponse& outgoing) {
  outgoing.setKeepAlive(false);
  std::ostringstream head;
  outgoing.write(head);
  DetachedClient client(dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(incoming).detachSocket());
  if (client.write(head.view())) reply.detach(std::move(client));
}

}  // namespace

Request read_request(HTTPServerRequest& incoming) {
  Request request;
  for (const auto& [name, value] : incoming) request.headers.add(name, value);
  if (has_body(incoming)) {
    std::optional<std::uint64_t> announced;
    if (incoming.hasContentLength()) announced = static_cast<std::uint64_t>(incoming.getContentLength64());
    request.body = RequestBody(incoming.stream(), announced);
  }
  request.peer = incoming.clientAddress().host().toString();
  return request;
}

void send_reply(Reply reply, HTTPServerRequest& incoming, HTTPServerResponse& outgoing) {
  drain(incoming, outgoing);
  outgoing.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(reply.status));
  outgoing.setReason(Poco::Net::HTTPResponse::getReasonForStatus(outgoing.getStatus()));
  outgoing.setContentType(reply.content_type);
  for (const auto& [name, value] : reply.headers) outgoing.set(name, value);
  const Body body = incoming.getMethod() == "HEAD" ? Body::left_out : Body::sent;
  if (reply.detach && body == Body::sent) {
    detach(std::move(reply), incoming, outgoing);
  } else if (reply.stream) {
    send_stream(reply, outgoing, body);
  } else {
    outgoing.sendBuffer(reply.body.data(), reply.body.size());
  }
}

}  // namespace hermod::server
