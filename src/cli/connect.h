// A plain TCP connection, for commands that see whether somebody is there.
#pragma once
#include <chrono>
#include <string>

namespace ashlar::cli {

// Connects to any of the host's addresses; each gets so much time, and reads and writes then too. Gives the descriptor,
// to be closed by the caller, or -1.
int connect_to_host(const std::string& host, int port, std::chrono::milliseconds timeout);

}  // namespace ashlar::cli
