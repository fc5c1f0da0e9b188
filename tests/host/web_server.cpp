#include "host/web_server.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <set>

#include <Poco/DeflatingStream.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>

namespace hermod::test {
namespace {

namespace net = Poco::Net;

struct Record {
  std::mutex mutex;
  std::size_t requests = 0;
  std::set<int> client_ports;
  std::promise<void> going;
  std::shared_future<void> gone = going.get_future().share();
};

void send_many(std::ostream& out, std::size_t count) {
  std::string block;
  for (std::size_t at = 0; at < count; ++at) {
    block += many_byte(at);
    if (block.size() == 65536 || at + 1 == count) {
      out.write(block.data(), static_cast<std::streamsize>(block.size()));
      block.clear();
    }
  }
}

class Handler final : public net::HTTPRequestHandler {
 public:
  explicit Handler(std::shared_ptr<Record> record) : record_(std::move(record)) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    {
      std::lock_guard lock(record_->mutex);
      ++record_->requests;
      record_->client_ports.insert(request.clientAddress().port());
    }
    const Poco::URI uri(request.getURI());
    const std::string path = uri.getPath();
    const std::string query = uri.getQuery();
    std::string body;
    Poco::StreamCopier::copyToString(request.stream(), body);  // or it would stand before the next request
    response.setChunkedTransferEncoding(true);
    if (path == "/hello") {
      response.set("X-Test", "yes");
      response.send() << "hello";
    } else if (path == "/echo") {
      response.send() << request.getMethod() << '|' << request.getContentType() << '|'
                      << request.get("X-Test", "-") << '|' << body;
    } else if (path == "/many") {
      send_many(response.send(), std::stoul(query));
    } else if (path == "/zipped") {
      response.set("Content-Encoding", "gzip");
      Poco::DeflatingOutputStream zipped(response.send(), Poco::DeflatingStreamBuf::STREAM_GZIP);
      send_many(zipped, std::stoul(query));
      zipped.close();
    } else if (path == "/status") {
      response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(std::stoi(query)));
      response.send() << "status";
    } else if (path == "/loop") {
      response.redirect("/loop");
    } else if (path == "/to" || path == "/to307") {
      response.set("Location", query);
      response.setStatus(path == "/to" ? net::HTTPResponse::HTTP_FOUND
                                       : net::HTTPResponse::HTTP_TEMPORARY_REDIRECT);
      response.send() << "elsewhere";
    } else if (path == "/hang") {
      (response.send() << 'x').flush();
      record_->gone.wait();
    } else {
      record_->gone.wait();
    }
  }

 private:
  std::shared_ptr<Record> record_;
};

class Factory final : public net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(std::shared_ptr<Record> record) : record_(std::move(record)) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new Handler(record_);
  }

 private:
  std::shared_ptr<Record> record_;
};

net::ServerSocket secure_socket(const Identity& identity) {
  namespace fs = std::filesystem;
  std::string folder = (fs::temp_directory_path() / "web-server-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("could not make a folder");
  const std::string key = folder + "/key.pem";
  const std::string certificate = folder + "/certificate.pem";
  std::ofstream(key) << identity.key_pem;
  std::ofstream(certificate) << identity.certificate_pem;
  const net::Context::Ptr context(
      new net::Context(net::Context::TLS_SERVER_USE, key, certificate, "", net::Context::VERIFY_NONE));
  fs::remove_all(folder);
  return net::SecureServerSocket(net::SocketAddress("127.0.0.1", 0), 64, context);
}

net::HTTPServerParams* keep_alive() {
  auto* params = new net::HTTPServerParams;
  params->setMaxThreads(32);
  params->setMaxQueued(256);
  params->setKeepAlive(true);
  return params;
}

}  // namespace

struct WebServer::Impl {
  Impl(const net::ServerSocket& socket, std::string given_scheme)
      : scheme(std::move(given_scheme)), server(new Factory(record), threads, socket, keep_alive()) {
    server.start();
  }
  std::string scheme;
  std::shared_ptr<Record> record = std::make_shared<Record>();
  Poco::ThreadPool threads{2, 32};
  net::HTTPServer server;
};

WebServer::WebServer() : impl_(new Impl(net::ServerSocket(net::SocketAddress("127.0.0.1", 0)), "http")) {}
WebServer::WebServer(const Identity& identity) : impl_(new Impl(secure_socket(identity), "https")) {}
WebServer::~WebServer() {
  impl_->record->going.set_value();
  impl_->server.stopAll(true);
  impl_->threads.joinAll();
}

std::string WebServer::url(const std::string& path) const {
  return impl_->scheme + "://127.0.0.1:" + std::to_string(impl_->server.port()) + path;
}
std::size_t WebServer::requests() const {
  std::lock_guard lock(impl_->record->mutex);
  return impl_->record->requests;
}
std::size_t WebServer::connections() const {
  std::lock_guard lock(impl_->record->mutex);
  return impl_->record->client_ports.size();
}

}  // namespace hermod::test
