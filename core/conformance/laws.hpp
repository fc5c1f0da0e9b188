// The laws of the plugin contract, each a check that any provider must pass and a saboteur must not.
//
// A check makes its own subject, plays, and answers what was violated, a line each; nothing: the law is kept.
#pragma once

#include <functional>

#include "core/conformance/subject.hpp"

namespace hermod::conformance {

using MakeSubject = std::function<std::unique_ptr<Subject>()>;
using Violations = std::vector<std::string>;

// 1: nothing changed → no new change-log entry, and O(1) requests a collection.
Violations check_quiet(const MakeSubject& make);
// 2: the state after any sequence of deltas is that after a cold snapshot.
Violations check_convergence(const MakeSubject& make, std::uint32_t seed);
// 3: stopping after any page, or between fetch and commit, and going on gives the same end state.
Violations check_resumption(const MakeSubject& make);
Violations check_random_deaths(const MakeSubject& make, std::uint32_t seed);
// 4: an invalid cursor answers cursor_invalid, also in the middle of paging; the snapshot that follows
// converges.
Violations check_invalid_cursor(const MakeSubject& make);
// 2 to 4, while the engine writes: between the fetch of a page and its commit, with answers lost, deaths and
// invalid cursors between, and another client at work.
Violations check_writes_under_way(const MakeSubject& make, std::uint32_t seed);
// 5: a mutation repeated with its marker applies once; no delta contradicts its outcome.
Violations check_mutations(const MakeSubject& make);
// 5, of folders: created, renamed with what is below them, deleted.
Violations check_collections(const MakeSubject& make);
// 5: an item that changed meanwhile is a conflict, one that is gone is not found; nothing else happens then.
Violations check_stale_mutations(const MakeSubject& make);
// 5, cut anywhere before the answer, and repeated.
Violations check_lost_answers(const MakeSubject& make);
// 6: what is declared works, what is not answers `unsupported`.
Violations check_declarations(const MakeSubject& make);
// 7: cancelling at any await leaves the session usable or closed.
Violations check_cancellation(const MakeSubject& make);
// 8: hostile content and names give pages that keep the rules, or an Error that is not our own mistake.
Violations check_hostile_content(const MakeSubject& make);

}  // namespace hermod::conformance
