#include "server/engine/live_calls.hpp"

#include "core/store/request_store.hpp"
#include "server/failure.hpp"

namespace hermod::server {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto look_interval = 1s;
// The database says when a request is over; when it cannot be asked, the call ends so much later.
constexpr auto grace = 5s;

Error busy() {
  Error error = failure(ErrorKind::unavailable, "too many calls wait for their mail servers", "try again");
  error.retry = Retry::after(1s);
  return error;
}
Error stopped() {
  Error error = failure(ErrorKind::unavailable, "the server is stopping", "try again");
  error.retry = Retry::after(1s);
  return error;
}

}  // namespace

// A call's place among those that wait.
class LiveCalls::Place {
 public:
  static Result<Place> take(LiveCalls& calls, const ids::ObjectId& account_id) {
    const std::lock_guard lock(calls.mutex_);
    if (calls.stopping_) return stopped();
    const auto of_account = calls.of_account_.find(account_id);
    if (calls.calls_ >= calls.options_.calls_max) return busy();
    if (of_account != calls.of_account_.end() && of_account->second >= account_calls_max) return busy();
    if (!calls.listener_) calls.listen();
    ++calls.calls_;
    ++calls.of_account_[account_id];
    Place place(calls, account_id);
    calls.waiting_.emplace(place.request_id_, false);
    return place;
  }
  Place(Place&& other) noexcept
      : calls_(std::exchange(other.calls_, nullptr)),
        account_id_(other.account_id_),
        request_id_(other.request_id_) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (calls_ == nullptr) return;
    const std::lock_guard lock(calls_->mutex_);
    calls_->waiting_.erase(request_id_);
    --calls_->calls_;
    const auto of_account = calls_->of_account_.find(account_id_);
    if (--of_account->second == 0) calls_->of_account_.erase(of_account);
  }
  const ids::ObjectId& request_id() const { return request_id_; }

 private:
  Place(LiveCalls& calls, const ids::ObjectId& account_id) : calls_(&calls), account_id_(account_id) {}
  LiveCalls* calls_;
  ids::ObjectId account_id_;
  ids::ObjectId request_id_ = ids::new_object_id();
};

LiveCalls::LiveCalls(store::Database& database, Options options) : database_(database), options_(options) {}
LiveCalls::~LiveCalls() { stop(); }

void LiveCalls::stop() {
  std::unique_ptr<store::NotificationListener> listener;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    listener = std::move(listener_);
  }
  changed_.notify_all();
}

void LiveCalls::listen() {
  listener_ = std::make_unique<store::NotificationListener>(
      database_, store::answers_channel, look_interval, [this](std::string_view payload) {
        const auto request_id = ids::parse_uuid_text(payload);
        const std::lock_guard lock(mutex_);
        const auto waiting = request_id ? waiting_.find(*request_id) : waiting_.end();
        if (waiting == waiting_.end()) return;
        waiting->second = true;
        changed_.notify_all();
      });
}

LiveCalls::Woken LiveCalls::wait_for(const ids::ObjectId& request_id, Clock::time_point until) {
  std::unique_lock lock(mutex_);
  bool& answered = waiting_.at(request_id);
  changed_.wait_until(lock, until, [&] { return answered || stopping_; });
  if (std::exchange(answered, false)) return Woken::by_answer;
  return stopping_ ? Woken::by_stop : Woken::by_time;
}

Result<std::string> LiveCalls::ask(const ids::ObjectId& account_id, store::RequestKind kind,
                                   std::vector<std::string> argument) {
  auto place = Place::take(*this, account_id);
  if (!place) return std::move(place).error();
  store::RequestInput input;
  input.request_id = place->request_id();
  input.account_id = account_id;
  input.kind = kind;
  input.argument = std::move(argument);
  input.take_within = options_.answer_within / 3;
  input.answer_within = options_.answer_within;
  {
    auto connection = database_.connect();
    if (!connection) return std::move(connection).error();
    if (Status added = store::add_request(*connection, input); !added) return std::move(added).error();
  }
  const auto given_up = Clock::now() + options_.answer_within + grace;
  for (;;) {
    const Woken woken = wait_for(input.request_id, std::min(Clock::now() + look_interval, given_up));
    if (woken == Woken::by_stop) return stopped();
    auto connection = database_.connect();
    if (connection) {
      auto answer = store::collect_answer(*connection, input.request_id);
      if (answer && *answer) return std::move(**answer);
      const bool over = !answer && answer.error().scope == ErrorScope::account;
      if (over) return std::move(answer).error();
    }
    if (Clock::now() >= given_up) return failure(ErrorKind::timeout, "the answer did not come in time");
  }
}

}  // namespace hermod::server
