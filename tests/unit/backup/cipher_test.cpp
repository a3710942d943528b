#include "backup/cipher.h"

#include <gtest/gtest.h>

#include "backup/watch.h"
#include "base/random.h"

namespace ashlar::backup {
namespace {

constexpr std::string_view passphrase = "a long passphrase";
constexpr std::size_t chunk = 65'536, sealed_chunk = chunk + 16;

std::string encrypted(std::string_view text, std::size_t piece = 10'000) {
  std::string out;
  Encryptor encryptor(passphrase, {{"format", 1}}, [&](std::string_view bytes) { out += bytes; });
  for (std::size_t at = 0; at < text.size(); at += piece) encryptor.write(text.substr(at, piece));
  encryptor.finish();
  return out;
}

std::string opened(std::string_view bytes, std::string_view key = passphrase) {
  const auto source = decrypted(storage::source_of(bytes), key);
  std::string out;
  char buffer[7000];
  while (const auto got = source(buffer, sizeof buffer)) out.append(buffer, got);
  return out;
}

TEST(Cipher, GivesBackTextsOfAnyLength) {
  for (const auto size : {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 5}) {
    const auto text = random_bytes(size);
    EXPECT_EQ(opened(encrypted(text)), text) << size;
  }
}

TEST(Cipher, MakesEqualTextsDifferent) { EXPECT_NE(encrypted("text"), encrypted("text")); }

TEST(Cipher, NoticesEveryCut) {
  const auto whole = encrypted(random_bytes(2 * chunk));
  for (const auto lost : {std::size_t{1}, std::size_t{16}, sealed_chunk, sealed_chunk + 1, 2 * sealed_chunk}) {
    EXPECT_THROW(opened(std::string_view(whole).substr(0, whole.size() - lost)), Damaged) << lost;
  }
  EXPECT_THROW(opened(whole + "x"), Damaged);
}

TEST(Cipher, NoticesChangedBits) {
  const auto whole = encrypted(random_bytes(1000));
  for (std::size_t at = 0; at < whole.size(); at += 149) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_THROW(opened(changed), Damaged) << at;
  }
}

TEST(Cipher, NoticesSwappedChunks) {
  auto whole = encrypted(random_bytes(3 * chunk + 1));
  const auto first = whole.size() - 17 - 3 * sealed_chunk;
  const auto chunk_one = whole.substr(first, sealed_chunk),
             chunk_two = whole.substr(first + sealed_chunk, sealed_chunk);
  whole.replace(first, 2 * sealed_chunk, chunk_two + chunk_one);
  EXPECT_THROW(opened(whole), Damaged);
}

TEST(Cipher, WantsTheRightKey) { EXPECT_THROW(opened(encrypted("text"), "another passphrase"), Damaged); }

TEST(Cipher, TellsWhatABackupIsWithoutTheKey) {
  EXPECT_EQ(encrypted_about(encrypted("text")).at("format").as_int64(), 1);
  EXPECT_THROW(encrypted_about("something else"), Damaged);
}

}  // namespace
}  // namespace ashlar::backup
