// Requests: calls of the API that need the live account, a row each, answered by whoever holds the account's
// lease.
//
//   add ──► waiting ──take──► taken ──answer──► answered ──collect──► gone
//              │ take_by passed    │ deadline passed        (collect, or expire: nobody waits any more)
//
// Only the worker that took it last may answer, once; a worker that died loses it to the next holder of the
// lease. Times are the database's. Wake-ups go by NOTIFY, after the statement and never inside a transaction;
// whoever waits looks again every second as well.
#pragma once

#include "core/store/database.hpp"

namespace hermod::store {

enum class RequestKind : std::int16_t {
  search =
      1,  // argument: the search, then the folders by id, role or path; answer: see message_ids_of_answer()
  consistency = 2,  // no argument; answer: JSON, see core/sync/account_consistency.cpp
};
enum class RequestPriority : std::int16_t { interactive = 0, bulk = 1 };

struct RequestInput {
  ids::ObjectId request_id, account_id;
  RequestKind kind = RequestKind::search;
  RequestPriority priority = RequestPriority::interactive;
  std::vector<std::string> argument;
  std::chrono::milliseconds take_within{}, answer_within{};
};

struct WaitingRequest {
  ids::ObjectId request_id, account_id;
};
struct TakenRequest {
  ids::ObjectId request_id, account_id;
  std::int64_t epoch = 0;
  RequestKind kind = RequestKind::search;
  RequestPriority priority = RequestPriority::interactive;
  std::vector<std::string> argument;
  std::chrono::milliseconds time_left{};
};

// --- the API's side ---
// Wakes the workers.
Status add_request(Connection& connection, const RequestInput& request);
// Nothing while it is on its way. Else the answer, and the row is gone: what the worker answered,
// Error{unavailable} when no worker took it in time, Error{timeout} when the answer did not come in time.
Result<std::optional<std::string>> collect_answer(Connection& connection, const ids::ObjectId& request_id);

// --- the worker's side ---
// Those of the accounts whose lease it holds, interactive ones first.
Result<std::vector<WaitingRequest>> waiting_requests(Connection& connection, const ids::ObjectId& worker_id,
                                                     int limit);
// Those of them that can still be had.
Result<std::vector<TakenRequest>> take_requests(Connection& connection, const ids::ObjectId& worker_id,
                                                const std::vector<ids::ObjectId>& request_ids);
// Wakes who waits for it. No effect when it is another's by now, answered or gone.
Status answer_request(Connection& connection, const TakenRequest& request, const Result<std::string>& answer);

// Removes what nobody collected in time.
Status expire_requests(Connection& connection);

// An answer of message ids: 16 bytes each.
std::string answer_of_message_ids(const std::vector<ids::ObjectId>& message_ids);
std::vector<ids::ObjectId> message_ids_of_answer(std::string_view answer);

// NOTIFY channels. Payload: the uuid of the account, and of the request.
inline constexpr const char* requests_channel = "hermod_requests";
inline constexpr const char* answers_channel = "hermod_answers";

}  // namespace hermod::store
