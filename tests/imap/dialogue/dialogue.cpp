#include "tests/imap/dialogue/dialogue.hpp"

#include <stdexcept>

namespace hermod::imap::test {

Dialogue::Dialogue(std::string_view script) {
  while (!script.empty()) {
    const auto end = script.find('\n');
    auto line = script.substr(0, end);
    script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
    if (line.empty()) continue;
    if (line == "X") {
      steps.push_back({Step::Kind::hang_up, {}});
      continue;
    }
    const std::string text(line.substr(line.size() < 3 ? 2 : 3));
    if (line.starts_with("S: ")) {
      steps.push_back({Step::Kind::server, text + "\r\n"});
    } else if (line.starts_with("S< ")) {
      steps.push_back({Step::Kind::server, text});
    } else if (line.starts_with("D: ")) {
      steps.push_back({Step::Kind::drip, text + "\r\n"});
    } else if (line.starts_with("C: ")) {
      steps.push_back({Step::Kind::client, text + "\r\n"});
    } else {
      throw std::invalid_argument("what is " + std::string(line));
    }
  }
}

Dialogue& Dialogue::server(std::string bytes) {
  steps.push_back({Step::Kind::server, std::move(bytes)});
  return *this;
}

class DialogueNet::Player final : public Stream {
 public:
  Player(DialogueNet& net, const Dialogue& dialogue, bool encrypted)
      : net_(net), steps_(dialogue.steps), encrypted_(encrypted) {}

  Task<Result<std::string>> read(std::size_t bytes_max) override {
    for (;;) {
      if (hung_up_) co_return std::string();
      if (at_ == steps_.size() || steps_[at_].kind == Step::Kind::client) {
        if (auto woken = co_await readable_.wait(); !woken) co_return std::move(woken).error();
        continue;
      }
      const auto& step = steps_[at_];
      if (step.kind == Step::Kind::hang_up) {
        hung_up_ = true;
        advance();
        continue;
      }
      if (step.kind == Step::Kind::drip) {
        if (auto slept = co_await net_.clock_.sleep_for(std::chrono::seconds(1)); !slept)
          co_return std::move(slept).error();
      }
      auto bytes = step.bytes.substr(given_, step.kind == Step::Kind::drip ? 1 : bytes_max);
      given_ += bytes.size();
      if (given_ == step.bytes.size()) advance();
      co_return std::move(bytes);
    }
  }
  Task<Status> write(std::string bytes) override {
    said_ += bytes;
    listen();
    co_return ok();
  }
  Task<Status> start_tls() override {
    encrypted_ = true;
    co_return ok();
  }
  bool encrypted() const noexcept override { return encrypted_; }
  void close() noexcept override {}

 private:
  // Takes what the client said as far as it is its turn.
  void listen() {
    while (!hung_up_ && !said_.empty() && at_ < steps_.size() && steps_[at_].kind == Step::Kind::client) {
      const auto& expected = steps_[at_].bytes;
      if (said_.size() < expected.size() && expected.starts_with(said_)) return;
      if (!said_.starts_with(expected)) {
        net_.violations_.push_back("expected " + expected + "got " + said_);
        hung_up_ = true;
        break;
      }
      said_.erase(0, expected.size());
      advance();
    }
    if (!said_.empty() && at_ == steps_.size()) {
      net_.violations_.push_back("nobody expected " + said_);
      hung_up_ = true;
    }
    readable_.wake_all();
  }
  void advance() {
    ++at_;
    given_ = 0;
    --net_.steps_left_;
    if (!said_.empty()) listen();
  }

  DialogueNet& net_;
  const std::vector<Step>& steps_;
  bool encrypted_;
  std::size_t at_ = 0, given_ = 0;
  bool hung_up_ = false;
  std::string said_;
  WaitQueue readable_;
};

Task<Result<std::unique_ptr<Stream>>> DialogueNet::connect(ConnectOptions options) {
  if (connected_ == dialogues_.size()) {
    violations_.emplace_back("nobody expected another connection");
    co_return Error{ErrorKind::unavailable, ErrorScope::account, Retry::after(), "refused", {}, {}, {}};
  }
  const auto& dialogue = dialogues_[connected_++];
  steps_left_ += dialogue.steps.size();
  co_return std::unique_ptr<Stream>(
      std::make_unique<Player>(*this, dialogue, options.tls.mode != TlsMode::none));
}

}  // namespace hermod::imap::test
