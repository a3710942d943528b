// Accountability: who asks, as far as it is known from the request alone and from the tree of roles and policies. It is
// a value, made once per request by auth/ and passed down; without one (null pointer) the program itself works, with
// full rights and without leaving activity in anybody's name.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ashlar::access {

class Permissions;

struct Accountability {
  std::optional<std::string> user;
  std::optional<std::string> role;
  std::optional<std::string> share;
  std::optional<std::string> session;  // token of the row in directus_sessions, in session mode
  std::vector<std::string> roles;      // the tree of the role: root first, own role last
  std::vector<std::string> policies;   // that apply to this caller from this address, in the order that presets merge
  bool admin = false;
  bool app = false;
  // Of a share: what it opens, in the place of what policies allow.
  std::shared_ptr<const Permissions> opened = nullptr;

  std::string ip;
  std::string user_agent;
  std::string origin;
};

}  // namespace ashlar::access
