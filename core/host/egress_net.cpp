#include "core/host/egress_net.hpp"

#include <algorithm>

#include <hermod/race.hpp>

namespace hermod::host {

Task<Result<std::unique_ptr<Stream>>> EgressNet::connect(ConnectOptions options) {
  const std::string server = options.host + ':' + std::to_string(options.port);
  const Duration wait = pacer_.take_turn(server, (co_await current_context()).strand().now());
  if (wait > Duration::zero()) {
    if (Status waited = co_await sleep_for(wait); !waited) co_return std::move(waited).error();
  }
  const Duration limit = std::min(options.timeout, policy_->connect_timeout_max);
  co_return co_await with_deadline(connect_all(std::move(options)), limit);
}

Task<Result<std::unique_ptr<Stream>>> EgressNet::connect_all(ConnectOptions options) {
  auto addresses = co_await resolver_->resolve(options.host, options.port);
  if (!addresses) co_return std::move(addresses).error();
  auto socket = co_await connect_tcp(runtime_->asio(), *std::move(addresses));
  if (!socket) co_return std::move(socket).error();
  const TlsMode mode = options.tls.mode;
  auto stream = std::make_unique<SocketStream>(*std::move(socket), trust_, std::move(options));
  if (mode == TlsMode::implicit) {
    if (Status shaken = co_await stream->begin_tls(); !shaken) co_return std::move(shaken).error();
  }
  co_return std::move(stream);
}

}  // namespace hermod::host
