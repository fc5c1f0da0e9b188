// SearchProgram: the criteria of a SEARCH (RFC 9051 §6.4.4; RFC 5032, RFC 8474, RFC 8514 and Gmail's X-GM-*).
// A value.
//
// A user's text is read by the grammar and written anew: of it, only search keys that stand in our table,
// numbers, dates and sets go out as words, everything else as a string. So nothing that it holds can end the
// command. More than the grammar allows, strings need no quotes for being other than ASCII. Limits:
// limits.hpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <hermod/result.hpp>

#include "plugins/imap/wire/command.hpp"

namespace hermod::imap {

class SearchProgram {
 public:
  // Whether the server announced that capability, in upper case.
  using Offers = std::function<bool(std::string_view)>;

  // Error{invalid_argument} names the character, from 1, at which `text` is not understood.
  static Result<SearchProgram> parse(std::string_view text, const Offers& offers);
  // `last` may be the largest UID, written as `*`.
  static SearchProgram uids_within(Uid first, Uid last);
  // Everything that is flagged \Deleted.
  static SearchProgram deleted();
  // From `first` on: with that Message-ID, without its brackets; of exactly that size.
  static SearchProgram with_message_id(Uid first, std::string_view message_id);
  static SearchProgram of_size(Uid first, std::uint64_t octets);

  // Behind UID SEARCH and its RETURN: the charset, where there is one, and the keys.
  void append_to(Command& command) const;

 private:
  friend class SearchParser;
  struct Words {
    std::string text;
  };
  struct Text {
    std::string value;
  };
  struct ListEnd {};
  std::vector<std::variant<Words, Text, ListEnd>> parts_;
  bool beyond_ascii_ = false;
};

}  // namespace hermod::imap
