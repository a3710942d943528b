#include "base/descriptor.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace ashlar {

PipeEnds::PipeEnds() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  read = Descriptor(ends[0]);
  write = Descriptor(ends[1]);
}

}  // namespace ashlar
