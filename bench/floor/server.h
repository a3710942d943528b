// The floor's HTTP server: Boost.Beast as its own examples use it, and handlers that run where the request was read.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ashlar::bench {

// Appends the body of the answer to a GET of `target`, or to a POST with the body `request`; false where there is none
// (404).
using Handler = std::function<bool(std::string_view target, std::string_view request, std::string& body)>;

// Serves at 127.0.0.1 until the process ends. Each thread makes a handler of its own.
void serve(std::uint16_t port, int threads, const std::function<Handler()>& make_handler);

}  // namespace ashlar::bench
