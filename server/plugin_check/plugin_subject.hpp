// The subject of a check of any plugin: its accounts as the quirks file says, on the host's own services.
#pragma once

#include <set>

#include "core/conformance/laws.hpp"
#include "core/host/plugin_registry.hpp"
#include "server/plugin_check/line_channel.hpp"

namespace hermod::server {

struct PluginUnderCheck {
  const host::LoadedPlugin& plugin;
  const CheckedAccount& account;
  LineChannel* channel = nullptr;  // null: there is no other client
  std::set<std::string> errors_logged =
      {};  // events; an operator would have to look at them, so none is right
};

conformance::MakeSubject plugin_subject(PluginUnderCheck& checked);  // which outlives what is made

}  // namespace hermod::server
