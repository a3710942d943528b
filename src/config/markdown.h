// The reference page of all settings (docs/settings.md), made from the table of variables.
#pragma once
#include <string>

namespace ashlar::config {

std::string settings_markdown();

}  // namespace ashlar::config
