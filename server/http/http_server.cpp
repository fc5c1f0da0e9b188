#include "server/http/http_server.hpp"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/ThreadPool.h>

#include <thread>

#include "server/failure.hpp"
#include "server/http/answer.hpp"
#include "server/http/tls.hpp"
#include "server/log/log.hpp"

namespace hermod::server {
namespace {

using namespace std::chrono_literals;

constexpr int backlog = 256;
constexpr auto stop_poll = 10ms;

Poco::Timespan timespan(std::chrono::seconds seconds) { return {static_cast<long>(seconds.count()), 0}; }

class RequestHandler : public Poco::Net::HTTPRequestHandler {
 public:
  RequestHandler(Dispatcher& dispatcher, const std::function<bool()>& hurried)
      : dispatcher_(dispatcher), hurried_(hurried) {}

  void handleRequest(Poco::Net::HTTPServerRequest& incoming,
                     Poco::Net::HTTPServerResponse& outgoing) override {
    const Dispatcher::InFlight in_flight(dispatcher_);
    if (hurried_()) outgoing.setKeepAlive(false);
    Request request = read_request(incoming);
    Reply reply = dispatcher_.dispatch(incoming.getMethod(), incoming.getURI(), request);
    try {
      send_reply(std::move(reply), incoming, outgoing);
    } catch (const std::exception&) {
      // The client is gone, or a stream failed after the header was out: hanging up is all that is left.
      outgoing.setKeepAlive(false);
      log::debug("http.client_gone", {{"request_id", request.id}});
    }
  }

 private:
  Dispatcher& dispatcher_;
  const std::function<bool()>& hurried_;
};

class HandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  HandlerFactory(Dispatcher& dispatcher, const std::function<bool()>& hurried)
      : dispatcher_(dispatcher), hurried_(hurried) {}

  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new RequestHandler(dispatcher_, hurried_);
  }

 private:
  Dispatcher& dispatcher_;
  const std::function<bool()>& hurried_;
};

Poco::Net::HTTPServerParams::Ptr server_params(const HttpServer::Options& options) {
  Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
  params->setMaxThreads(static_cast<int>(options.threads));
  params->setMaxQueued(HttpServer::queued_connections_max);
  params->setKeepAlive(true);
  params->setKeepAliveTimeout(timespan(HttpServer::keep_alive));
  params->setTimeout(timespan(HttpServer::io_timeout));
  params->setSoftwareVersion("hermod");
  return params;
}

Result<Poco::Net::ServerSocket> listen(const HttpServer::Options& options) {
  try {
    const Poco::Net::SocketAddress address(options.listen.host, options.listen.port);
    Poco::Net::ServerSocket socket;
    if (!options.tls_cert.empty()) {
      auto context = server_tls_context(options.tls_cert, options.tls_key);
      if (!context) return std::move(context).error();
      socket = Poco::Net::SecureServerSocket(*context);
    }
    // Not the constructor that binds: it lets two processes share the port, and each would get half of the
    // clients.
    constexpr bool reuse_address = true;
    constexpr bool reuse_port = false;
    socket.bind(address, reuse_address, reuse_port);
    socket.listen(backlog);
    return socket;
  } catch (const Poco::Exception& exception) {
    return failure(ErrorKind::unavailable,
                   "could not listen on " + to_string(options.listen) + ": " + exception.message(),
                   "choose another address with HERMOD_LISTEN, or stop what uses this one");
  }
}

class PocoServer : public HttpServer {
 public:
  PocoServer(const Options& options, Dispatcher& dispatcher, const Poco::Net::ServerSocket& socket)
      : dispatcher_(dispatcher),
        kept_connections_(static_cast<int>(options.threads) * 7 / 8),
        threads_("http", 2, static_cast<int>(options.threads) * 2),
        server_(new HandlerFactory(dispatcher, hurried_), threads_, socket, server_params(options)) {
    server_.start();
  }
  ~PocoServer() override { stop(0ms); }

  std::uint16_t port() const override { return server_.port(); }

  void stop(std::chrono::milliseconds at_most) override {
    if (stopping_.exchange(true)) return;
    server_.stop();
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (dispatcher_.in_flight() > 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(stop_poll);
    }
    server_.stopAll(true);
    threads_.joinAll();
  }

 private:
  // Idle connections hold a thread each; some threads are kept for new clients.
  bool crowded() const { return server_.currentConnections() > kept_connections_; }

  Dispatcher& dispatcher_;
  std::atomic<bool> stopping_{false};
  const std::function<bool()> hurried_ = [this] { return stopping_ || crowded(); };
  const int kept_connections_;
  // Twice what serves: Poco's dispatcher counts a thread as gone before the pool has it back, and a connection
  // for which the pool has no thread in that moment waits until another one ends.
  Poco::ThreadPool threads_;
  Poco::Net::HTTPServer server_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(const Options& options, Dispatcher& dispatcher) {
  auto socket = listen(options);
  if (!socket) return std::move(socket).error();
  return std::unique_ptr<HttpServer>(std::make_unique<PocoServer>(options, dispatcher, *socket));
}

}  // namespace hermod::server
