// Frees what a C library gave, by the function it names for that: std::unique_ptr<BIO, Free<BIO_free>>.
#pragma once

namespace ashlar {

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};

}  // namespace ashlar
