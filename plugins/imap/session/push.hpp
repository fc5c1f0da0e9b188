// ImapPush: the push/1 facet, on a connection of its own. Owned by the session; strand.
//
// NOTIFY where it is offered: one connection watches every folder. Else, or once the server refuses it, IDLE
// on the most wanted one.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include <hermod/facet.hpp>

#include "plugins/imap/client/account.hpp"
#include "plugins/imap/client/capabilities.hpp"
#include "plugins/imap/client/idle.hpp"
#include "plugins/imap/client/notify.hpp"
#include "plugins/imap/client/pool.hpp"
#include "plugins/imap/session/folder_memory.hpp"

namespace hermod::imap {

class ImapPush final : public PushFacet {
 public:
  ImapPush(Host& host, const AccountSettings& account, ConnectionPool& workers, const FolderStates& states,
           const Capabilities& capabilities)
      : host_(host),
        account_(account),
        workers_(workers),
        states_(states),
        use_notify_(capabilities.notify()),
        idle_supported_(capabilities.idle()) {}

  bool is_supported() const noexcept { return use_notify_ || idle_supported_; }
  std::size_t watchable(std::size_t wanted) const noexcept override {
    return use_notify_ || wanted < 1 ? wanted : 1;
  }
  // Once connected, and again after each reconnection, it reports as changed what is not as the last pass or
  // listing found it: what happened before nobody watched. Error{unsupported}: the server refuses NOTIFY, and
  // there is no IDLE.
  Task<Result<PushEvent>> wait(std::vector<CollectionRemoteId> collections) override;
  Task<Status> log_out();

 private:
  Task<Result<PushEvent>> wait_by_notify(const std::vector<CollectionRemoteId>& collections);
  Task<Result<PushEvent>> wait_by_idle(CollectionRemoteId wanted);
  Task<Status> notify();
  Task<Status> idle(std::string mailbox);
  PushEvent event_of(const MailboxNews& news, const std::vector<CollectionRemoteId>& collections);
  bool is_news(const std::string& mailbox, const MailboxStatus& status);
  bool in_step() const;

  Host& host_;
  const AccountSettings& account_;
  ConnectionPool& workers_;
  const FolderStates& states_;
  bool use_notify_;
  bool idle_supported_;
  std::optional<NotifyWatch> notify_;
  std::map<std::string, FolderState> notified_;  // by mailbox: the last whole status that NOTIFY brought
  std::optional<IdleWatch> idle_;
};

}  // namespace hermod::imap
