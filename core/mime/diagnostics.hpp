// What the parser noticed, as short codes ("charset_guessed"): notes are harmless, losses flag the message.
// Codes hold nothing of the message itself. One object a parse, on one thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime {

class Diagnostics {
 public:
  // The message was read differently than it says, without loss.
  void note(std::string_view code) {
    if (std::ranges::find(codes_, code) == codes_.end()) codes_.emplace_back(code);
  }
  // Something is missing or may be wrong.
  void lost(std::string_view code) {
    note(code);
    any_lost_ = true;
  }

  bool any_lost() const { return any_lost_; }
  const std::vector<std::string>& codes() const { return codes_; }

 private:
  std::vector<std::string> codes_;  // each once; the parser has some twenty
  bool any_lost_ = false;
};

}  // namespace hermod::mime
