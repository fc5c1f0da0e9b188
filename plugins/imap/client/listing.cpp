#include "plugins/imap/client/listing.hpp"

#include <set>

#include "plugins/imap/client/hints.hpp"
#include "plugins/imap/client/kept.hpp"
#include "plugins/imap/client/limits.hpp"
#include "plugins/imap/client/mailbox.hpp"

namespace hermod::imap {
namespace {

std::string status_items(const Capabilities& capabilities) {
  std::string items = "(MESSAGES UIDNEXT UIDVALIDITY";
  if (capabilities.condstore()) items += " HIGHESTMODSEQ";
  return items + ')';
}

enum class Told : std::uint8_t { names, names_and_statuses };

Command list_command(const Capabilities& capabilities, Told told) {
  if (!capabilities.extended_list()) {
    // Quirk(Gmail before SPECIAL-USE, some Chinese providers): roles come with XLIST alone.
    return Command(!capabilities.special_use() && capabilities.has("XLIST") ? "XLIST \"\" \"*\""
                                                                            : "LIST \"\" \"*\"");
  }
  std::string options = "SUBSCRIBED CHILDREN";
  if (capabilities.special_use()) options += " SPECIAL-USE";
  if (capabilities.list_status() && told == Told::names_and_statuses)
    options += " STATUS " + status_items(capabilities);
  return Command("LIST \"\" \"*\" RETURN (" + options + ')');
}

class Listing final : public Conversation {
 public:
  Listing(const Capabilities& capabilities, Told told) {
    if (capabilities.name_spaces()) commands_.emplace_back("NAMESPACE");
    list_number_ = commands_.size();
    commands_.push_back(list_command(capabilities, told));
  }

  std::optional<Command> next_command() override {
    return next_ < commands_.size() ? std::optional(commands_[next_++]) : std::nullopt;
  }
  void on_response(Response response) override {
    if (auto* listing = std::get_if<MailboxListing>(&response)) {
      if (result.folders.size() >= folders_max) return;
      bytes_kept_ += memory_of(*listing);
      result.folders.push_back(std::move(*listing));
    } else if (auto* status = std::get_if<MailboxStatus>(&response)) {
      if (result.statuses.size() >= folders_max) return;
      bytes_kept_ += memory_of(*status);
      result.statuses.push_back(std::move(*status));
    } else if (auto* namespaces = std::get_if<NamespaceList>(&response)) {
      result.namespaces = std::move(*namespaces);
    }
  }
  void on_completed(std::size_t number, StatusResponse reply) override {
    if (number == list_number_) list_reply = std::move(reply);
  }
  void on_malformed() override { damaged = true; }
  std::uint64_t bytes_kept() const override { return bytes_kept_; }

  FolderListing result;
  StatusResponse list_reply;
  bool damaged = false;

 private:
  std::vector<Command> commands_;
  std::size_t list_number_ = 0;
  std::size_t next_ = 0;
  std::uint64_t bytes_kept_ = 0;
};

// A STATUS of each of those folders, several at once. One that is refused is left out; where the server says that
// there is no such mailbox, it is listed as \NonExistent.
class StatusSweep final : public Conversation {
 public:
  StatusSweep(FolderListing& listing, std::vector<std::size_t> places, const Capabilities& capabilities)
      : listing_(listing), places_(std::move(places)), capabilities_(capabilities) {}
  std::optional<Command> next_command() override {
    if (next_ >= places_.size()) return std::nullopt;
    return status_command(capabilities_, listing_.folders[places_[next_++]].name);
  }
  void on_response(Response response) override {
    auto* status = std::get_if<MailboxStatus>(&response);
    if (status == nullptr || listing_.statuses.size() >= folders_max) return;
    bytes_kept_ += memory_of(*status);
    listing_.statuses.push_back(std::move(*status));
  }
  void on_completed(std::size_t number, StatusResponse reply) override {
    if (reply.condition != Condition::no || refusal(reply, Subject::mailbox).kind != ErrorKind::not_found) return;
    listing_.folders[places_[number]].attributes.emplace_back("\\NonExistent");
  }
  std::uint64_t bytes_kept() const override { return bytes_kept_; }

 private:
  FolderListing& listing_;
  std::vector<std::size_t> places_;
  const Capabilities& capabilities_;
  std::size_t next_ = 0;
  std::uint64_t bytes_kept_ = 0;
};

// Whose STATUS is to be asked for by itself: of all, where it tells of changes and the listing cannot have it.
// Quirk(Dovecot): what was deleted and has folders below it is listed as if it were there, without a status.
std::vector<std::size_t> places_to_ask(const FolderListing& listing, const Capabilities& capabilities) {
  std::set<std::string_view> told;
  for (const auto& status : listing.statuses) told.insert(status.name);
  const bool all = capabilities.condstore() && !(capabilities.extended_list() && capabilities.list_status());
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < listing.folders.size(); ++place) {
    const auto& folder = listing.folders[place];
    if (!is_selectable(folder) || told.contains(folder.name)) continue;
    if (all || has_attribute(folder, "\\HasChildren")) places.push_back(place);
  }
  return places;
}

Error incomplete(std::string_view why) {
  return {ErrorKind::invalid_data,
          ErrorScope::account,
          Retry::after(),
          "the list of folders is incomplete",
          std::string(why),
          std::string(hint_wait),
          {}};
}

Task<Result<FolderListing>> list(Connection& connection, Told told) {
  Listing listing(connection.capabilities(), told);
  if (auto status = co_await connection.converse(listing, pipeline_depth_max); !status) {
    co_return std::move(status).error();
  }
  if (listing.list_reply.condition != Condition::ok) co_return refusal(listing.list_reply, Subject::session);
  if (listing.damaged) co_return incomplete("a response was malformed");
  if (listing.result.folders.empty()) co_return incomplete("it is empty");
  if (listing.result.folders.size() >= folders_max) co_return incomplete("there are too many folders");
  co_return std::move(listing.result);
}

}  // namespace

Task<Result<FolderListing>> list_folders(Connection& connection) {
  // Of the open mailbox Dovecot tells what it told last, not what is.
  if (auto left = co_await leave_mailbox(connection); !left) co_return std::move(left).error();
  auto listing = co_await list(connection, Told::names_and_statuses);
  if (!listing) co_return listing;
  const auto& capabilities = connection.capabilities();
  if (auto places = places_to_ask(*listing, capabilities); !places.empty()) {
    StatusSweep sweep(*listing, std::move(places), capabilities);
    if (auto status = co_await connection.converse(sweep, pipeline_depth_max); !status) {
      co_return std::move(status).error();
    }
  }
  co_return listing;
}

Task<Result<FolderListing>> list_names(Connection& connection) { return list(connection, Told::names); }

Command status_command(const Capabilities& capabilities, std::string_view mailbox) {
  Command command("STATUS");
  command.astring(mailbox).words(status_items(capabilities));
  return command;
}

Task<Result<MailboxStatus>> fetch_status(Connection& connection, std::string mailbox) {
  std::vector<Response> responses;
  auto reply = co_await connection.run(status_command(connection.capabilities(), mailbox), Subject::mailbox, &responses);
  if (!reply) co_return co_await explain_refusal(connection, std::move(mailbox), std::move(reply).error());
  for (auto& response : responses) {
    if (auto* status = std::get_if<MailboxStatus>(&response)) co_return std::move(*status);
  }
  co_return MailboxStatus{};
}

}  // namespace hermod::imap
