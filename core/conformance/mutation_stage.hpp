// Stage: a small mailbox, synced, on which a check of mutations plays.
#pragma once

#include "core/conformance/end_state.hpp"
#include "core/conformance/laws.hpp"
#include "core/conformance/model_writer.hpp"

namespace hermod::conformance {

struct FoundMessage {
  ItemAddress address;
  RemoteVersion version;
};

class Stage {
  std::unique_ptr<Subject> subject_;

 public:
  explicit Stage(const MakeSubject& make);  // with a folder "Work" beside the inbox
  bool opened() { return engine.session() != nullptr; }

  // Delivers messages of those ids to the inbox, and syncs.
  void deliver(const std::vector<std::string>& message_ids);
  // What lies there by the store. Throws std::out_of_range when it does not.
  FoundMessage find(const std::string& path, const std::string& message_id) const;
  CollectionRemoteId collection(const std::string& path) const;  // empty: there is none
  // How often a cold snapshot has it there, after the last sync_all().
  std::size_t count(const std::string& path, const std::string& message_id) const;
  std::optional<Seen> seen(const std::string& path, const std::string& message_id) const;
  // Syncs the store and one from scratch, which must be the same.
  void sync_all();

  void expect(bool kept, const std::string& rule) {
    if (!kept) store.violated(rule);
  }
  // Done, or, after a repeat, unknown.
  void expect_done(std::string_view name, const MutationOutcome& outcome);
  Violations violations() const { return lines(store); }

  Subject& subject{*subject_};
  World world;
  ModelStore store;
  ModelEngine engine;
  ModelWriter writer;
  std::string inbox;

 private:
  Mailbox cold_;  // by Message-ID
};

}  // namespace hermod::conformance
