#include "store/digest.h"

#include <openssl/evp.h>

#include <new>

#include "base/check.h"

namespace bantam::store {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::optional<Digest> Digest::try_parse(std::string_view text) {
  if (!text.starts_with("sha256:") && !text.starts_with("sha256-")) return std::nullopt;
  text.remove_prefix(7);
  Bytes bytes{};
  if (text.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == kDigits.npos) return std::nullopt;
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | digit);
  }
  return Digest(bytes);
}

std::string Digest::hex() const {
  std::string text;
  for (const std::uint8_t byte : bytes_) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string Digest::text() const { return "sha256:" + hex(); }
std::string Digest::file_name() const { return "sha256-" + hex(); }

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  BANTAM_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256 works");
}

Digest Sha256::finish() {
  Digest::Bytes bytes{};
  BANTAM_CHECK(EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr) == 1, "SHA-256 works");
  BANTAM_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 works");
  return Digest(bytes);
}

Digest sha256_of(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.finish();
}

}  // namespace bantam::store
