// Requests: answered once, by whoever holds the lease, or given up in time.
#include "core/store/request_store.hpp"

#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

using namespace std::chrono_literals;

class RequestStore : public AccountFixture {
 protected:
  ids::ObjectId add(std::chrono::milliseconds take_within = 1h, std::chrono::milliseconds answer_within = 1h,
                    store::RequestPriority priority = store::RequestPriority::interactive) {
    store::RequestInput input;
    input.request_id = ids::new_object_id();
    input.account_id = grant_.account_id;
    input.priority = priority;
    input.argument = {"SUBJECT \"a, {b}\"", "", "Entw\xc3\xbcrfe"};
    input.take_within = take_within;
    input.answer_within = answer_within;
    EXPECT_TRUE(store::add_request(connection_, input));
    return input.request_id;
  }
  std::vector<ids::ObjectId> waiting(const ids::ObjectId& worker) {
    std::vector<ids::ObjectId> request_ids;
    for (const auto& one : *store::waiting_requests(connection_, worker, 10))
      request_ids.push_back(one.request_id);
    return request_ids;
  }
  std::vector<store::TakenRequest> take(const ids::ObjectId& worker, const ids::ObjectId& request_id) {
    return *store::take_requests(connection_, worker, {request_id});
  }
  // "" while it is on its way, else the answer or the kind of the Error.
  std::string collect(const ids::ObjectId& request_id) {
    auto answer = store::collect_answer(connection_, request_id);
    if (!answer) return std::string(to_string(answer.error().kind));
    return answer->value_or("");
  }
  std::string rows() { return value("SELECT count(*) FROM requests"); }

  store::Connection connection_ = database_.connect();
};

// The way of a request: what was asked arrives as it was given, and nothing is left of it in the end.
TEST_F(RequestStore, a_request_is_taken_answered_and_collected) {
  const ids::ObjectId request_id = add();
  EXPECT_EQ(collect(request_id), "");
  EXPECT_EQ(waiting(worker_), std::vector{request_id});
  const auto taken = take(worker_, request_id);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].account_id, grant_.account_id);
  EXPECT_EQ(taken[0].argument, (std::vector<std::string>{"SUBJECT \"a, {b}\"", "", "Entw\xc3\xbcrfe"}));
  EXPECT_GT(taken[0].time_left, 50min);
  EXPECT_EQ(collect(request_id), "");
  ASSERT_TRUE(store::answer_request(connection_, taken[0], std::string("\0an\xff", 4)));
  EXPECT_EQ(collect(request_id), std::string("\0an\xff", 4));
  EXPECT_EQ(rows(), "0");
}

// Two answers to one question would be one too many.
TEST_F(RequestStore, a_request_is_taken_and_answered_once) {
  const ids::ObjectId request_id = add();
  const auto taken = take(worker_, request_id);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_TRUE(waiting(worker_).empty());
  EXPECT_TRUE(take(worker_, request_id).empty());
  ASSERT_TRUE(store::answer_request(connection_, taken[0], std::string("first")));
  ASSERT_TRUE(store::answer_request(connection_, taken[0], std::string("second")));
  EXPECT_EQ(collect(request_id), "first");
}

// A worker without the account's lease cannot speak for it.
TEST_F(RequestStore, only_the_lease_holder_takes_it) {
  const ids::ObjectId request_id = add();
  const ids::ObjectId other = ids::new_object_id();
  EXPECT_TRUE(waiting(other).empty());
  EXPECT_TRUE(take(other, request_id).empty());
  ASSERT_TRUE(store::release_leases(connection_, worker_));
  EXPECT_TRUE(waiting(worker_).empty());
}

// A worker that died keeps nothing: the next holder of the lease answers, and a late answer of the first is
// void.
TEST_F(RequestStore, the_next_lease_holder_takes_over) {
  const ids::ObjectId request_id = add();
  const auto first = take(worker_, request_id);
  ASSERT_TRUE(store::release_leases(connection_, worker_));
  const ids::ObjectId other = ids::new_object_id();
  ASSERT_EQ(store::acquire_leases(connection_, other, 60, 10)->size(), 1u);
  EXPECT_EQ(waiting(other), std::vector{request_id});
  const auto second = take(other, request_id);
  ASSERT_EQ(second.size(), 1u);
  ASSERT_TRUE(store::answer_request(connection_, first.at(0), std::string("of the dead")));
  EXPECT_EQ(collect(request_id), "");
  ASSERT_TRUE(store::answer_request(connection_, second[0], std::string("of the living")));
  EXPECT_EQ(collect(request_id), "of the living");
}

// Nobody waits for ever: not for a worker, not for an answer, not for a row that a crash took.
TEST_F(RequestStore, who_waits_is_told_when_it_is_over) {
  EXPECT_EQ(collect(add(0ms)), "unavailable");
  const ids::ObjectId request_id = add(1h, 1h);
  ASSERT_EQ(take(worker_, request_id).size(), 1u);
  ASSERT_TRUE(connection_.script("UPDATE requests SET deadline = now()"));
  EXPECT_EQ(collect(request_id), "timeout");
  EXPECT_EQ(collect(ids::new_object_id()), "unavailable");
  EXPECT_EQ(rows(), "0");
}

// What is over is not begun.
TEST_F(RequestStore, a_late_request_is_not_taken) {
  const ids::ObjectId not_taken_in_time = add(0ms);
  const ids::ObjectId over = add(1h, 0ms);
  EXPECT_TRUE(waiting(worker_).empty());
  EXPECT_TRUE(store::take_requests(connection_, worker_, {not_taken_in_time, over})->empty());
}

// Of a process that died while it waited, the rows go by themselves.
TEST_F(RequestStore, what_nobody_collects_expires) {
  add();
  const ids::ObjectId kept = add();
  ASSERT_TRUE(
      connection_.script("UPDATE requests SET deadline = now() - interval '2 minutes' WHERE request_id <> '" +
                         ids::to_uuid_text(kept) + "'"));
  ASSERT_TRUE(store::expire_requests(connection_));
  EXPECT_EQ(value("SELECT request_id FROM requests"), ids::to_uuid_text(kept));
}

// Somebody waits for an interactive one.
TEST_F(RequestStore, interactive_ones_come_first) {
  const ids::ObjectId bulk = add(1h, 1h, store::RequestPriority::bulk);
  const ids::ObjectId interactive = add();
  EXPECT_EQ(waiting(worker_), (std::vector{interactive, bulk}));
}

// What the session says reaches the API whole.
TEST_F(RequestStore, an_error_is_an_answer) {
  const ids::ObjectId request_id = add();
  const auto taken = take(worker_, request_id);
  ASSERT_TRUE(store::answer_request(connection_, taken.at(0),
                                    Error{ErrorKind::rate_limited, ErrorScope::account, Retry::after(2500ms),
                                          "slow, \"down\"", "for the log", "", "CODE"}));
  const auto answer = store::collect_answer(connection_, request_id);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::rate_limited);
  EXPECT_EQ(answer.error().retry.delay, 2500ms);
  EXPECT_EQ(answer.error().message, "slow, \"down\"");
  EXPECT_EQ(answer.error().hint, "");
  EXPECT_EQ(rows(), "0");
}

// Ids go through an answer unchanged, as many as there are.
TEST_F(RequestStore, an_answer_holds_message_ids) {
  const std::vector ids = {ids::new_object_id(), ids::ObjectId{}, ids::new_object_id()};
  EXPECT_EQ(store::message_ids_of_answer(store::answer_of_message_ids(ids)), ids);
  EXPECT_TRUE(store::message_ids_of_answer("").empty());
}

}  // namespace
}  // namespace hermod::testing
