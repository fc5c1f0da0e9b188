// Subject: a provider under the laws of the plugin contract, with everything that a law needs around it.
//
// Written once for each provider: how to open a session, what another client of the same mailbox does, and
// the provider's quirks. Made anew, with an empty mailbox, for every check. One thread.
#pragma once

#include <memory>
#include <optional>

#include "core/conformance/stepped_strand.hpp"
#include "hermod/provider.hpp"

namespace hermod::conformance {

class ModelStore;

// A message as the server keeps it: some mend line ends, or cannot write every date.
struct Delivered {
  std::string raw;
  std::int64_t received_at = 0;
};

// Another mail client at work on the same mailbox. Folders are named by their path, messages by their
// Message-ID. What it does succeeds, or throws; a server may refuse names and messages that nobody should
// send.
class OtherClient {
 public:
  virtual ~OtherClient() = default;
  virtual bool create_folder(const std::string& path) = 0;  // false: refused
  virtual void rename_folder(const std::string& path, const std::string& new_path) = 0;
  virtual void delete_folder(const std::string& path) = 0;
  // None: refused.
  virtual std::optional<Delivered> deliver(const std::string& path, const std::string& raw,
                                           std::int64_t received_at) = 0;
  virtual void set_flags(const std::string& path, const std::string& message_id, FlagSet flags) = 0;
  virtual void move(const std::string& path, const std::string& message_id, const std::string& to) = 0;
  virtual void copy(const std::string& path, const std::string& message_id, const std::string& to) = 0;
  virtual void expunge(const std::string& path, const std::string& message_id) = 0;
  // Makes the server refuse the cursors of that folder given out so far.
  virtual void invalidate_cursors(const std::string& path) = 0;
};

enum class Layout : std::uint8_t {
  folders,
  labels,  // a message lies in `all_mail` and bears labels; its flags are the same in all of them
};

struct Quirks {
  bool other_client = true;  // false: nobody else can change the mailbox, which is as it is
  bool invalidation = true;  // it can make the server refuse cursors
  Layout layout = Layout::folders;
  std::string inbox = "Inbox";             // the path of a folder that is there from the start
  std::string all_mail;                    // with labels: the path of the folder that has everything
  std::string trash;                       // the path of the one with that role; empty: there is none
  std::size_t idle_pages_max = 1;          // asked of a collection in which nothing changed
  bool stable_addresses = true;            // an item's remote id is the same for every session
  std::vector<std::string> absent_facets;  // declared, but not to be had by this account
  // A connection may end at any time; a call that met its end answers `unavailable`, and is made again.
  bool connections_end = false;
};

// How much a check does: less where every step is a round trip to a real server.
struct Effort {
  std::size_t rounds = 15;           // of changes and syncs
  std::size_t deaths = 25;           // in a row
  std::size_t cancelled_times = 8;   // at each step
  std::size_t cancelled_stride = 1;  // steps from one to the next
  std::size_t cut_writes = 40;       // of each kind, each cut a stride later
};

// Of a provider with a search, in its own language.
struct Searches {
  std::string of_a_message;  // finds it alone
  std::string senseless;     // is refused
};

class Subject {
 public:
  virtual ~Subject() = default;
  virtual SteppedStrand& strand() = 0;
  virtual Provider& provider() = 0;
  // A session whose host knows what `store` has confirmed; for a device (one client to the server) of that
  // name. The session must not outlive the subject and the store.
  virtual Result<std::unique_ptr<Session>> open(const ModelStore& store, const std::string& device) = 0;
  virtual OtherClient& other_client() = 0;
  // From then on the next write is done, but its answer is lost. False: this cannot be arranged.
  virtual bool lose_next_answer() { return false; }
  virtual Quirks quirks() const { return {}; }
  virtual Effort effort() const { return {}; }
  // `message_id` without brackets. Asked only where search/1 is declared.
  virtual Searches searches(const std::string& message_id) const { return {message_id, {}}; }
  // Items received before it are not synced, as of now.
  virtual std::int64_t window_start() const { return INT64_MIN; }
  virtual std::int64_t unix_now() const = 0;
  virtual void let_time_pass(std::chrono::hours) {}
};

}  // namespace hermod::conformance
