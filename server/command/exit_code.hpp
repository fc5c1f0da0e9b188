// The exit codes of `hermod`, as `hermod --help` lists them.
#pragma once

#include <hermod/result.hpp>

namespace hermod::server {

enum class ExitCode : int {
  done = 0,
  failed = 1,       // what was asked for could not be done, or is not there
  usage = 2,        // the command line makes no sense
  config = 3,       // the configuration was refused
  unavailable = 4,  // the database, a folder or the network is not there
  in_use = 5,       // another hermod works on the data folder
};

// For a failure after the configuration was accepted.
constexpr ExitCode exit_code(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unavailable:
    case ErrorKind::timeout:
      return ExitCode::unavailable;
    default:
      return ExitCode::failed;
  }
}

}  // namespace hermod::server
