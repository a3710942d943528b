#include "backup/cipher.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "backup/watch.h"
#include "base/digest.h"
#include "base/json_writer.h"
#include "base/random.h"

namespace ashlar::backup {
namespace {

constexpr std::string_view magic = "ashlar-encrypted-backup 1\n";
constexpr std::size_t chunk_size = 65'536, tag_size = 16, key_size = 32, salt_size = 16;
constexpr std::size_t longest_line = 65'536;
constexpr std::int64_t scrypt_n = 32'768, scrypt_r = 8, scrypt_p = 1;

constexpr auto damaged_head = "it is damaged: its head can't be read";

struct Keys {
  std::string cipher, head;
};

Keys derive(std::string_view passphrase, std::string_view salt, std::int64_t n, std::int64_t r, std::int64_t p) {
  constexpr std::uint64_t most_memory = std::uint64_t{1200} << 20;
  std::array<unsigned char, 2 * key_size> out;
  if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                     salt.size(), static_cast<std::uint64_t>(n), static_cast<std::uint64_t>(r),
                     static_cast<std::uint64_t>(p), most_memory, out.data(), out.size()) != 1) {
    throw Damaged(damaged_head);  // parameters that scrypt does not know
  }
  const std::string_view all(reinterpret_cast<const char*>(out.data()), out.size());
  return {std::string(all.substr(0, key_size)), std::string(all.substr(key_size))};
}

std::string next_line(const storage::Source& source) {
  std::string line;
  char character = 0;
  while (line.size() < longest_line && source(&character, 1) == 1) {
    line += character;
    if (character == '\n') return line;
  }
  throw Damaged(damaged_head);
}

json::object parse_head(std::string_view line) {
  auto parsed = parse_json(line);
  if (!parsed || !parsed->is_object()) throw Damaged(damaged_head);
  return std::move(parsed->get_object());
}

std::int64_t number(const json::object& head, std::string_view name, std::int64_t most) {
  const auto* value = head.if_contains(name);
  const auto* found = value == nullptr ? nullptr : value->if_int64();
  if (found == nullptr || *found < 1 || *found > most) throw Damaged(damaged_head);
  return *found;
}

class ChunkCipher {
 public:
  ChunkCipher(const std::string& key, bool encrypts) : context_(EVP_CIPHER_CTX_new()) {
    if (context_ == nullptr ||
        EVP_CipherInit_ex(context_, EVP_aes_256_gcm(), nullptr, reinterpret_cast<const unsigned char*>(key.data()),
                          nullptr, encrypts ? 1 : 0) != 1) {
      EVP_CIPHER_CTX_free(context_);
      throw std::runtime_error("AES-256-GCM is not available");
    }
  }
  ~ChunkCipher() { EVP_CIPHER_CTX_free(context_); }
  ChunkCipher(const ChunkCipher&) = delete;
  ChunkCipher& operator=(const ChunkCipher&) = delete;

  std::string seal(std::string_view plain, bool is_last) {
    start(is_last);
    std::string out(plain.size() + tag_size, '\0');
    run(plain, out);
    EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_GCM_GET_TAG, tag_size, out.data() + plain.size());
    return out;
  }

  // Nothing where the tag does not fit.
  bool open(std::string_view sealed, bool is_last, std::string& out) {
    if (sealed.size() < tag_size) return false;
    start(is_last);
    const auto body = sealed.substr(0, sealed.size() - tag_size);
    std::string tag(sealed.substr(body.size()));
    EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_GCM_SET_TAG, tag_size, tag.data());
    out.resize(body.size());
    return run(body, out);
  }

 private:
  void start(bool is_last) {
    std::array<unsigned char, 12> nonce{};
    for (std::size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<unsigned char>(number_ >> (8 * i));
    nonce[11] = is_last ? 1 : 0;
    ++number_;
    EVP_CipherInit_ex(context_, nullptr, nullptr, nullptr, nonce.data(), -1);
  }

  bool run(std::string_view in, std::string& out) {
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    int size = 0;
    if (!in.empty() && EVP_CipherUpdate(context_, to, &size, reinterpret_cast<const unsigned char*>(in.data()),
                                        static_cast<int>(in.size())) != 1) {
      return false;
    }
    return EVP_CipherFinal_ex(context_, to + size, &size) == 1;
  }

  EVP_CIPHER_CTX* context_;
  std::uint64_t number_ = 0;
};

// Opens one chunk after the other. The next one is read before, since only who has looked further knows the last.
class Opener {
 public:
  Opener(storage::Source source, const std::string& key) : source_(std::move(source)), cipher_(key, false) {
    next_ = read_chunk();
  }

  std::size_t read(char* buffer, std::size_t size) {
    if (used_ == plain_.size() && !open_next()) return 0;
    const auto given = std::min(size, plain_.size() - used_);
    std::memcpy(buffer, plain_.data() + used_, given);
    used_ += given;
    return given;
  }

 private:
  std::string read_chunk() const {
    std::string chunk(chunk_size + tag_size, '\0');
    chunk.resize(storage::read_fully(source_, chunk.data(), chunk.size()));
    return chunk;
  }

  bool open_next() {
    if (is_done_) return false;
    const auto current = std::move(next_);
    next_ = read_chunk();
    is_done_ = next_.empty();
    if (!cipher_.open(current, is_done_, plain_)) {
      throw Damaged(fmt::format("it is damaged or cut off: what is encrypted at byte {} is not genuine", opened_));
    }
    opened_ += current.size();
    used_ = 0;
    return !plain_.empty();
  }

  storage::Source source_;
  ChunkCipher cipher_;
  std::string next_, plain_;
  std::size_t used_ = 0;
  std::uint64_t opened_ = 0;
  bool is_done_ = false;
};

}  // namespace

struct Encryptor::Cipher : ChunkCipher {
  using ChunkCipher::ChunkCipher;
};

Encryptor::Encryptor(std::string_view passphrase, const json::object& about, storage::Sink out) : out_(std::move(out)) {
  const auto salt = random_bytes(salt_size);
  const json::object head{
      {"cipher", "AES-256-GCM"}, {"chunk", chunk_size},         {"kdf", "scrypt"}, {"n", scrypt_n}, {"r", scrypt_r},
      {"p", scrypt_p},           {"salt", base64_encode(salt)}, {"about", about}};
  std::string lines(magic);
  write_json(lines, head);
  lines += '\n';
  const auto keys = derive(passphrase, salt, scrypt_n, scrypt_r, scrypt_p);
  lines += base64_encode(hmac_sha256(keys.head, lines)) + '\n';
  cipher_ = std::make_unique<Cipher>(keys.cipher, true);
  out_(lines);
}

Encryptor::~Encryptor() = default;

void Encryptor::write(std::string_view bytes) {
  while (!bytes.empty()) {
    // A full chunk waits until more comes: the last one is sealed in another way.
    if (gathered_.size() == chunk_size) seal(false);
    const auto taken = std::min(bytes.size(), chunk_size - gathered_.size());
    gathered_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
  }
}

void Encryptor::finish() { seal(true); }

void Encryptor::seal(bool is_last) {
  out_(cipher_->seal(gathered_, is_last));
  gathered_.clear();
}

json::object encrypted_about(std::string_view beginning) {
  if (!beginning.starts_with(magic)) throw Damaged(damaged_head);
  beginning.remove_prefix(magic.size());
  const auto end = beginning.find('\n');
  if (end == beginning.npos) throw Damaged(damaged_head);
  const auto head = parse_head(beginning.substr(0, end));
  const auto* about = head.if_contains("about");
  if (about == nullptr || !about->is_object()) throw Damaged(damaged_head);
  return about->get_object();
}

storage::Source decrypted(storage::Source source, std::string_view passphrase) {
  const auto first = next_line(source);
  if (first != magic) throw Damaged(damaged_head);
  const auto second = next_line(source);
  const auto head = parse_head(second);
  constexpr std::int64_t most_n = 1 << 20, most_r = 8, most_p = 16;
  const auto* salt_text = head.if_contains("salt");
  const auto salt =
      salt_text != nullptr && salt_text->is_string() ? base64_decode(salt_text->get_string()) : std::nullopt;
  if (!salt || number(head, "chunk", chunk_size) != chunk_size) throw Damaged(damaged_head);
  const auto keys =
      derive(passphrase, *salt, number(head, "n", most_n), number(head, "r", most_r), number(head, "p", most_p));
  auto mac = base64_encode(hmac_sha256(keys.head, first + second)) + '\n';
  const auto third = next_line(source);
  if (third.size() != mac.size() || CRYPTO_memcmp(third.data(), mac.data(), mac.size()) != 0) {
    throw Damaged("the key does not fit (ASHLAR_BACKUP_KEY), or its head is damaged");
  }
  auto opener = std::make_shared<Opener>(std::move(source), keys.cipher);
  return [opener](char* buffer, std::size_t size) { return opener->read(buffer, size); };
}

}  // namespace ashlar::backup
