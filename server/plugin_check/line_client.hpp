// LineClient: another client of the checked mailbox, by the lines of a LineChannel.
#pragma once

#include "server/plugin_check/line_channel.hpp"

namespace hermod::server {

// What the check of a law asked for cannot be had.
struct CannotCheck : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class LineClient final : public conformance::OtherClient {
 public:
  explicit LineClient(LineChannel& channel) : channel_(channel) {}

  // Begins with an empty mailbox; gives the settings that name it, as texts.
  std::map<std::string, std::string> open();

  bool create_folder(const std::string& path) override;
  void rename_folder(const std::string& path, const std::string& new_path) override;
  void delete_folder(const std::string& path) override;
  std::optional<conformance::Delivered> deliver(const std::string& path, const std::string& raw,
                                                std::int64_t received_at) override;
  void set_flags(const std::string& path, const std::string& message_id, FlagSet flags) override;
  void move(const std::string& path, const std::string& message_id, const std::string& to) override;
  void copy(const std::string& path, const std::string& message_id, const std::string& to) override;
  void expunge(const std::string& path, const std::string& message_id) override;
  void invalidate_cursors(const std::string& path) override;

 private:
  void must(const std::vector<std::string>& words);

  LineChannel& channel_;
};

}  // namespace hermod::server
