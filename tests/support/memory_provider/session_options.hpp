// SessionOptions: how the memory provider behaves for one account; read from the account's settings.
#pragma once

#include "hermod/settings.hpp"
#include "tests/support/memory_provider/mailbox_state.hpp"

namespace hermod::memory {

enum class Mode : std::uint32_t {
  consumed = 1,  // only the last two cursors of a collection are valid; writes move them
  account = 2,   // one cursor for the whole account: a carrier is fetched, the others are seen through it
  labels = 4,    // the same, and the carrier holds all mail
  metadata = 8,  // no raw bytes with the changes; they come by fetch_body
  removed_first = 16,  // a move by another client is seen as a removal, later an arrival
  added_first = 32,    // or the other way round
  no_echo = 64,        // what this session changed is not told to it again
  window = 128,        // only the last `window_days` are there
  unstable_raw = 256,  // the raw bytes differ at every fetch
  known = 512,         // changes are found by comparison with what the host has confirmed
  no_object_key = 1024,
  no_change_token = 2048,
  no_push = 4096,
  no_search = 8192,
  remembering = 16384,  // keeps how often it was opened in the state that the host stores for it
  untold = 32768,       // it does not say where a draft went, nor finds one that it is to put once more
};
struct Modes {
  std::uint32_t bits = 0;
  bool has(Mode mode) const { return (bits & static_cast<std::uint32_t>(mode)) != 0; }
  void add(Mode mode) { bits |= static_cast<std::uint32_t>(mode); }
};

// The law of the plugin contract that the provider breaks, so that the conformance suite can prove itself.
enum class Sabotage : std::uint8_t {
  none,
  law1,   // a message changes at every fetch
  law2,   // changed flags are not told
  law3,   // goes on where it stopped, whatever the cursor says
  law4,   // an invalid cursor answers that nothing changed
  law5,   // a mutation repeated is applied again; whether its base is stale, it does not look
  law6,   // what is not declared is answered all the same
  law7,   // a cancelled call leaves the session busy for ever
  law8,   // hands on what the server says, unchecked
  crash,  // ends the process when a body is fetched
};

struct SessionOptions {
  std::string mailbox;
  std::string device;  // whose cursors and echoes: two sessions with one name are one client to the server
  Modes modes;
  std::int64_t window_days = 0;
  Sabotage sabotage = Sabotage::none;

  bool has(Mode mode) const { return modes.has(mode); }
};

std::vector<SettingDeclaration> setting_declarations();
// Error{invalid_argument} for a mode that is not known.
Result<SessionOptions> read_options(const Settings& settings);

}  // namespace hermod::memory
