// The templates of mails: Liquid files of EMAIL_TEMPLATES_PATH, and behind them the ones that are built in.
#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"

namespace ashlar::mail {

class Templates {
 public:
  explicit Templates(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool exists(std::string_view name) const;

  // `markup` names the variables that hold HTML. Where somebody's own template fails, the log says so and the one that
  // is built in is used. Throws ApiError INVALID_PAYLOAD where there is no such template, or none that works.
  std::string render(std::string_view name, const json::object& variables,
                     const std::set<std::string, std::less<>>& markup) const;

 private:
  // The file <name>.liquid of the folder; names lead nowhere outside of it.
  std::optional<std::string> own(std::string_view name) const;

  std::filesystem::path folder_;
};

}  // namespace ashlar::mail
