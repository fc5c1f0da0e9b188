#include "plugins/imap/client/fetch.hpp"

#include <algorithm>
#include <deque>

#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/client/kept.hpp"
#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {
namespace {

enum class Want : std::uint8_t { facts, bodies };

bool answers(Want want, const FetchResponse& fetch) {
  return want == Want::facts ? fetch.size.has_value() : !fetch.sections.empty();
}

class UidFetch final : public Conversation {
 public:
  UidFetch(Want want, std::string items, std::deque<UidSet> batches) : want_(want), items_(std::move(items)) {
    for (auto& batch : batches) {
      asked_ = asked_.united_with(batch);
      queue_.push_back({std::move(batch), Try::first});
    }
  }

  std::optional<Command> next_command() override {
    if (queue_.empty() || fatal_) return std::nullopt;
    Command command("UID FETCH");
    command.words(queue_.front().uids.to_wire()).words(items_);
    sent_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    return command;
  }

  // Unsolicited FETCH responses bring flags alone: they must not replace what was asked for.
  void on_response(Response response) override {
    auto* fetch = std::get_if<FetchResponse>(&response);
    if (fetch == nullptr || !fetch->uid) return;
    const auto known = result_.by_uid.find(*fetch->uid);
    if (answers(want_, *fetch)) {
      if (!asked_.contains(*fetch->uid)) return;
      bytes_kept_ += memory_of(*fetch);
      result_.by_uid.insert_or_assign(*fetch->uid, std::move(*fetch));
    } else if (known != result_.by_uid.end() && fetch->flags) {
      bytes_kept_ += memory_of(*fetch->flags);
      known->second.flags = std::move(fetch->flags);
    }
  }

  void on_completed(std::size_t number, StatusResponse reply) override {
    auto batch = std::move(sent_[number]);
    if (reply.condition != Condition::ok) return on_refused(std::move(batch), reply);
    auto missing = batch.uids.minus(fetched());
    if (missing.empty()) return;
    if (batch.attempt == Try::last) {
      result_.absent = result_.absent.united_with(missing);
    } else {
      queue_.push_back({std::move(missing), Try::last});
    }
  }

  std::uint64_t bytes_kept() const override { return bytes_kept_; }

  Result<FetchedMessages> take_result() {
    if (fatal_) return *std::move(fatal_);
    return std::move(result_);
  }

 private:
  enum class Try : std::uint8_t { first, last };
  struct Batch {
    UidSet uids;
    Try attempt;
  };

  void on_refused(Batch batch, const StatusResponse& reply) {
    auto error = refusal(reply, Subject::message);
    if (error.scope != ErrorScope::item) {
      fatal_ = std::move(error);
      return;
    }
    const auto count = batch.uids.count();
    if (count <= 1) {
      result_.refused = result_.refused.united_with(batch.uids);
      return;
    }
    const auto newer = batch.uids.newest(count / 2);
    queue_.push_front({batch.uids.minus(newer), batch.attempt});
    queue_.push_front({newer, batch.attempt});
  }

  UidSet fetched() const {
    std::vector<Uid> uids;
    uids.reserve(result_.by_uid.size());
    for (const auto& [uid, fetch] : result_.by_uid) uids.push_back(uid);
    return UidSet::of(std::move(uids));
  }

  Want want_;
  std::string items_;
  UidSet asked_;
  std::deque<Batch> queue_;
  std::vector<Batch> sent_;
  FetchedMessages result_;
  std::uint64_t bytes_kept_ = 0;
  std::optional<Error> fatal_;
};

std::string fact_items(const Capabilities& capabilities) {
  std::string items = "(UID FLAGS INTERNALDATE RFC822.SIZE";
  if (capabilities.has("OBJECTID")) items += " EMAILID THREADID";
  if (capabilities.has("X-GM-EXT-1")) items += " X-GM-MSGID X-GM-THRID";
  return items + " BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
}

// Small enough for one command line, and for the first answers to come early.
std::deque<UidSet> fact_batches(const UidSet& uids) {
  constexpr std::uint64_t batch_items_max = 250;
  std::deque<UidSet> batches;
  for (auto left = uids; !left.empty();) {
    auto batch = left.newest(batch_items_max);
    left = left.minus(batch);
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::deque<UidSet> body_batches(const std::vector<WantedBody>& newest_first) {
  std::deque<UidSet> batches;
  std::vector<Uid> batch;
  std::uint64_t bytes = 0;
  const auto flush = [&] {
    if (!batch.empty()) batches.push_back(UidSet::of(std::exchange(batch, {})));
    bytes = 0;
  };
  for (const auto& wanted : newest_first) {
    if (bytes + wanted.size > body_batch_bytes_max || batch.size() >= body_batch_items_max) flush();
    batch.push_back(wanted.uid);
    bytes += wanted.size;
  }
  flush();
  return batches;
}

Task<Result<FetchedMessages>> run_fetch(Connection& connection, Want want, std::string items,
                                        std::deque<UidSet> batches) {
  UidFetch fetch(want, std::move(items), std::move(batches));
  if (auto status = co_await connection.converse(fetch, pipeline_depth_max); !status) {
    co_return std::move(status).error();
  }
  co_return fetch.take_result();
}

// The responses of one FETCH of flags. A lost one is an Error: it could hold the only sign of a change.
class FlagFetch final : public Conversation {
 public:
  explicit FlagFetch(Command command) : command_(std::move(command)) {}
  std::optional<Command> next_command() override { return std::exchange(command_, std::nullopt); }
  void on_response(Response response) override { changes.note(response); }
  void on_completed(std::size_t, StatusResponse status) override { reply = std::move(status); }
  void on_malformed() override { damaged = true; }
  std::uint64_t answer_octets_allowed() const override { return flags_octets_max; }
  std::uint64_t bytes_kept() const override { return 0; }  // ReportedChanges has a maximum of its own

  ReportedChanges changes;
  StatusResponse reply;
  bool damaged = false;

 private:
  std::optional<Command> command_;
};

}  // namespace

Task<Result<FetchedMessages>> fetch_facts(Connection& connection, UidSet uids) {
  co_return co_await run_fetch(connection, Want::facts, fact_items(connection.capabilities()),
                               fact_batches(uids));
}

Task<Result<FetchedMessages>> fetch_bodies(Connection& connection, std::vector<WantedBody> newest_first) {
  co_return co_await run_fetch(connection, Want::bodies, "(UID BODY.PEEK[])", body_batches(newest_first));
}

Task<Result<ReportedChanges>> fetch_flags(Connection& connection, Uid first, Uid last,
                                          std::optional<ModSeq> since) {
  if (last < first) co_return ReportedChanges{};
  Command command("UID FETCH");
  command.words(std::to_string(first.value) + ':' + std::to_string(last.value)).words("(UID FLAGS)");
  if (since) command.words("(CHANGEDSINCE " + std::to_string(std::max<std::uint64_t>(since->value, 1)) + ')');
  FlagFetch fetch(std::move(command));
  if (auto status = co_await connection.converse(fetch, 1); !status) co_return std::move(status).error();
  if (fetch.reply.condition != Condition::ok) co_return refusal(fetch.reply, Subject::mailbox);
  if (fetch.damaged) {
    co_return Error{ErrorKind::invalid_data,
                    ErrorScope::collection,
                    Retry::after(),
                    "a part of the answer was malformed",
                    {},
                    std::string(hint_wait),
                    {}};
  }
  co_return std::move(fetch.changes);
}

}  // namespace hermod::imap
