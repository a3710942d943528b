// A file without a name, in the folder for temporary files (TMPDIR, else /tmp): what is too large for memory waits
// here. Gone when it is destroyed, also with the process.
#pragma once
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string_view>

namespace ashlar {

class TemporaryFile {
 public:
  // Throws std::system_error, as the others do: there is no place.
  TemporaryFile();

  void write(std::string_view bytes);

  // To the start, to be read.
  void rewind();

  // Fills the buffer and says how many bytes that are, 0 at the end.
  std::size_t read(char* buffer, std::size_t size);

  // The same from that place of the file, once everything is written and rewind() was called. From any thread.
  std::size_t read_at(std::size_t place, char* buffer, std::size_t size) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace ashlar
