// Conversation: what a series of commands on one connection asks and what it makes of the answers.
//
// Connection::converse sends what next_command gives, several at once, and hands over what comes back.
// Untagged responses carry no owner: a conversation must know by their content (UIDs) what they belong to.
#pragma once

#include <cstddef>
#include <optional>

#include <hermod/task.hpp>

#include "plugins/imap/client/limits.hpp"
#include "plugins/imap/wire/command.hpp"
#include "plugins/imap/wire/response.hpp"

namespace hermod::imap {

class Conversation {
 public:
  // Nothing: nothing to send now. Asked again after each completion; the conversation ends when nothing is
  // open.
  virtual std::optional<Command> next_command() = 0;
  // Every untagged response, unsolicited ones included.
  virtual void on_response(Response response) = 0;
  // The tagged reply of the command that was given as the `number`th, from 0. NO and BAD are replies too.
  virtual void on_completed(std::size_t number, StatusResponse reply) = 0;
  // A response was lost.
  virtual void on_malformed() {}
  // What the server may send in all; more is Error{limit}.
  virtual std::uint64_t answer_octets_allowed() const { return answer_octets_max; }
  // What it keeps of that in memory; more than kept_bytes_max is Error{limit}. See client/kept.hpp.
  virtual std::uint64_t bytes_kept() const = 0;
  // A piece of a literal that is too large for its response. `head` is the line before it. An Error ends the
  // conversation, and the connection with it.
  virtual Task<Status> on_literal(std::string_view head, std::string bytes);

 protected:
  ~Conversation() = default;
};

}  // namespace hermod::imap
