#include "server/http/answer.hpp"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>

#include <algorithm>
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

constexpr std::size_t joined_bytes_max = 64 << 10, sent_at_once_max = 1 << 20;

void send_bytes(Poco::Net::StreamSocket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const int sent = socket.sendBytes(bytes.data(), static_cast<int>(std::min(bytes.size(), sent_at_once_max)));
    if (sent <= 0) throw Poco::Net::NetException("the answer could not be completed");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// In one piece, or two where copying would cost more than the second: Poco's stream writes 4 KiB at a time.
void send_whole(const Reply& reply, HTTPServerRequest& incoming, HTTPServerResponse& outgoing, Body body) {
  outgoing.setContentLength64(static_cast<Poco::Int64>(reply.body.size()));
  std::ostringstream head;
  outgoing.write(head);
  std::string first = std::move(head).str();
  Poco::Net::StreamSocket& socket = dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(incoming).socket();
  const bool joined = body == Body::sent && reply.body.size() <= joined_bytes_max;
  if (joined) first += reply.body;
  send_bytes(socket, first);
  if (body == Body::sent && !joined) send_bytes(socket, reply.body);
}

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
    send_whole(reply, incoming, outgoing, body);
  }
}

}  // namespace hermod::server
