// Pictures as libvips reads them: which formats are read at all, how large they may be, and where their bytes are.
// Pictures are other people's: everything here takes broken and hostile ones.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ashlar::system {

// The bytes of a picture: a file of this machine, or in memory.
struct PictureBytes {
  std::optional<std::filesystem::path> path;
  std::string bytes;  // where there is no path
};

struct PictureLimits {
  std::int64_t max_dimension = 6000;  // its square is the most pixels that are decoded, all frames together
  std::int64_t timeout_milliseconds = 7500;
  std::string sensitivity = "warning";  // none, truncated, error, warning: what counts as broken
};

// The picture can't be read, or can't be made.
class PictureError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t { broken, too_large, impossible, timeout };
  PictureError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// Types that may be read and transformed.
bool is_readable_picture(std::string_view type);
bool is_transformable_picture(std::string_view type);

// Starts libvips, once: only the decoders of those formats are left, little is cached, and each picture is worked on
// by one thread: those who ask for several pictures at once keep the processors busy.
void start_pictures();

}  // namespace ashlar::system
