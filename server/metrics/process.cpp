#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "server/metrics/metrics.hpp"

namespace hermod::server {
namespace {

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code failed;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    ++count;
  }
  return count;
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
  const double started =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  metrics.gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.").set(started);
  metrics.gauge_from("process_resident_memory_bytes", "Resident memory.", resident_bytes);
  metrics.gauge_from("process_open_fds", "Open file descriptors.", open_files);
}

}  // namespace hermod::server
