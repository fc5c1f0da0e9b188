#include "server/http/detached_client.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include "server/failure.hpp"

namespace hermod::server {

int DetachedClient::duplicate_descriptor() const {
  const int copy = fcntl(socket_.impl()->sockfd(), F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) fcntl(copy, F_SETFL, O_NONBLOCK);
  return copy;
}

Status DetachedClient::write(std::string_view bytes) {
  try {
    while (!bytes.empty()) {
      const int sent = socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) return failure(ErrorKind::unavailable, "the client is gone");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return ok();
  } catch (const Poco::Exception&) {
    return failure(ErrorKind::unavailable, "the client is gone");
  }
}

void DetachedClient::shut_down() { ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR); }

}  // namespace hermod::server
