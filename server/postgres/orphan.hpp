// What a killed hermod leaves behind in a cluster's data folder: a postgres that still runs or is still
// stopping, or a pid file that names a process which is something else by now. Called with the data folder
// locked: whatever runs in it then belongs to no hermod.
#pragma once

#include <hermod/result.hpp>

#include "server/postgres/cluster_files.hpp"

namespace hermod::server {

// Stops every postgres process that runs in the folder (fast shutdown; after a minute recovery is left to the
// next start), then removes the pid file and the socket. On failure, processes are left that could not be
// stopped.
Status clear_orphans(const ClusterLayout& layout);

}  // namespace hermod::server
