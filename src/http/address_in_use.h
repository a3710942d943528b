// Thrown where a server can't have its port or socket since another program has it, which may pass.
#pragma once
#include <stdexcept>

namespace ashlar::http {

struct AddressInUse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace ashlar::http
