// The name of content: its SHA-256.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace bantam::store {

// 32 bytes, so that no text of a stranger ever becomes part of a path. A value; any thread.
class Digest {
 public:
  using Bytes = std::array<std::uint8_t, 32>;

  explicit Digest(const Bytes& bytes) : bytes_(bytes) {}

  // "sha256:" or, as in file names, "sha256-", then 64 lower-case hexadecimal digits; else nothing.
  static std::optional<Digest> try_parse(std::string_view text);

  std::string text() const;       // "sha256:…", as manifests have it
  std::string file_name() const;  // "sha256-…", as the folder of blobs has it
  std::string hex() const;
  std::string short_text() const { return hex().substr(0, 12); }
  const Bytes& bytes() const { return bytes_; }

  auto operator<=>(const Digest&) const = default;

 private:
  Bytes bytes_;
};

// SHA-256 of bytes as they come (FIPS 180-4, by OpenSSL). One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }
  // The digest of everything so far; then it begins anew.
  Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Digest sha256_of(std::string_view text);

}  // namespace bantam::store
