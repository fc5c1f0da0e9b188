// The plugin's one exported symbol.
#include <hermod/plugin.hpp>

#include "plugins/imap/provider.hpp"

HERMOD_PLUGIN("imap", "0.1.0", hermod::PluginStatus::stable, hermod::SecurityPosture::hostile_server,
              hermod::imap::ImapProvider);
