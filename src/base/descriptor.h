// A file descriptor that closes itself, and the two ends of a pipe.
#pragma once
#include <unistd.h>

#include <utility>

namespace ashlar {

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : value_(other.let_go()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    value_ = other.let_go();
    return *this;
  }

  int value() const { return value_; }  // negative where there is none
  int let_go() { return std::exchange(value_, -1); }
  void close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_;
};

// Neither end is inherited.
struct PipeEnds {
  Descriptor read, write;
  PipeEnds();  // throws std::system_error
};

}  // namespace ashlar
