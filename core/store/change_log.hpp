// The change log: every visible change of an account, numbered without a gap in commit order.
//
// append_changes() is the LAST statement before a writer's commit: it takes the account's clock row, whose lock
// orders the commits, and only then. Lock order of every writer: object rows by id, then the clock.
#pragma once

#include <chrono>

#include "core/store/database.hpp"

namespace hermod::store {

enum class ObjectType : std::int16_t { message = 1, thread = 2, folder = 3, grant = 4, draft = 5 };
enum class ChangeType : std::int16_t { created = 1, updated = 2, deleted = 3 };
enum class ChangedField : std::int32_t {
  none = 0, unread = 1, starred = 2, folders = 4, thread = 8, name = 16, parent = 32, role = 64, content = 128,
  status = 256, messages = 512, metadata = 1024,
  // Of a grant: how its sync goes; its login became invalid; its first sync ended.
  sync = 2048, expired = 4096, first_sync = 8192,
  keywords = 16384,
};
constexpr std::int32_t bit(ChangedField field) { return static_cast<std::int32_t>(field); }

struct Change {
  ObjectType object;
  ChangeType change;
  ids::ObjectId object_id;
  std::int32_t fields = 0;  // of an update
};

enum class History : std::uint8_t { live, initial };

struct AccountEpoch {
  ids::ObjectId account_id;
  std::int64_t epoch = 0;
};

// The provider_code of the Error{conflict} that a worker gets which does not hold the account's lease any more.
inline constexpr std::string_view lease_lost_code = "lease_lost";
Error lease_lost();

// Gives the number of the last entry. Error{conflict} with lease_lost_code when the epoch is another's. Without changes it only checks the epoch.
Result<std::int64_t> append_changes(Connection& connection, const AccountEpoch& account,
                                    const std::vector<Change>& changes, History history);
// The same for a writer that needs no lease (the API).
Result<std::int64_t> append_changes(Connection& connection, const ids::ObjectId& account_id,
                                    const std::vector<Change>& changes);

// Makes the partitions of this and the next week. Idempotent; not within a transaction. Error{conflict, retry now} when
// somebody uses the table for long: until it succeeds, rows of a week without a partition go to the rest.
Status prepare_change_log(Connection& connection);
// Drops the weeks whose every entry is older than that, but none that the search index or a durable reader
// (feed_readers) has yet to read. Gives how many. Error{conflict, retry now} when somebody uses the table for long.
Result<int> trim_change_log(Connection& connection, std::chrono::seconds retention);

}  // namespace hermod::store
