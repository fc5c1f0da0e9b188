// IdlePush: the push/1 facet: IDLE on the most wanted folder, on a connection of its own. Owned by the
// session; strand.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include <hermod/facet.hpp>

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/idle.hpp"
#include "plugins/imap/client/pool.hpp"
#include "plugins/imap/session/folder_memory.hpp"

namespace hermod::imap {

// By mailbox: the state in which a pass last left it in step.
using FolderStates = std::map<std::string, FolderState>;

class IdlePush final : public PushFacet {
 public:
  IdlePush(Host& host, const AccountSettings& account, ConnectionPool& workers, const FolderStates& settled)
      : host_(host), account_(account), workers_(workers), settled_(settled) {}

  std::size_t watchable(std::size_t wanted) const noexcept override { return wanted < 1 ? wanted : 1; }
  // Watches the first. Once connected, and again after each reconnection, it reports a change at once unless
  // the folder is as the last pass left it: what happened before nobody watched.
  Task<Result<PushEvent>> wait(std::vector<CollectionRemoteId> collections) override;
  Task<Status> log_out();

 private:
  Task<Status> watch(std::string mailbox);
  Task<Status> wait_for_change();
  bool in_step() const;

  Host& host_;
  const AccountSettings& account_;
  ConnectionPool& workers_;
  const FolderStates& settled_;
  std::optional<IdleWatch> watch_;
};

}  // namespace hermod::imap
