#include "store/registry/registry.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/format.h"

namespace bantam::store {
namespace {

constexpr std::uint64_t kTokenBytesMax = 64 * 1024;
constexpr double kRetrySecondsMax = 8, kRetryAfterSecondsMax = 60;

// realm="…",service="…",scope="…" after "Bearer ".
std::map<std::string, std::string> challenge_fields(std::string_view text) {
  std::map<std::string, std::string> fields;
  text.remove_prefix(std::min(text.find(' '), text.size()));
  while (true) {
    const std::size_t begin = text.find_first_not_of(" ,");
    const std::size_t equals = text.find("=\"");
    if (begin == text.npos || equals == text.npos || equals < begin) return fields;
    const std::size_t end = text.find('"', equals + 2);
    if (end == text.npos) return fields;
    fields[std::string(text.substr(begin, equals - begin))] =
        text.substr(equals + 2, end - equals - 2);
    text.remove_prefix(end + 1);
  }
}

// Nothing that could end a header.
bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool looks_like_html(std::string_view body) {
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  return begin != body.npos && body[begin] == '<';
}

}  // namespace

Registry::Registry(const ModelName& name, const HttpOptions& options, const std::stop_token& stop,
                   std::function<void()> tick)
    : name_(name), options_(options), stop_(stop), tick_(std::move(tick)) {}

std::string Registry::address(const std::string& rest) const {
  return format("{}://{}/v2/{}/{}/{}", options_.transport == Transport::Http ? "http" : "https",
                name_.host(), name_.name_space(), name_.model(), rest);
}

void Registry::wait(double seconds) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (stop_.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    tick_();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

HttpAnswer Registry::get(const std::string& url, const std::vector<std::string>& headers,
                         bool with_token) {
  double pause = options_.retry_seconds;
  for (int attempt = 0;; ++attempt) {
    const bool is_last = attempt >= options_.retries;
    try {
      HttpAnswer answer = http_get({url, headers, with_token ? token_ : "", ""}, options_, rule_,
                                   kManifestBytesMax, stop_, tick_);
      if (is_last || !may_pass(answer.head.status)) return answer;
      wait(std::clamp(answer.head.retry_after_seconds, pause, kRetryAfterSecondsMax));
    } catch (const Error& error) {
      if (is_last || error.code() != ErrorCode::Io || !rule_.refused.empty()) throw;
      wait(pause);
    }
    pause = std::min(2 * pause, kRetrySecondsMax);
  }
}

std::string Registry::manifest() {
  const std::string url = address("manifests/" + name_.tag());
  const std::vector<std::string> headers = {
      "Accept: application/vnd.docker.distribution.manifest.v2+json, "
      "application/vnd.oci.image.manifest.v1+json"};
  HttpAnswer answer = get(url, headers, true);
  while (answer.head.status == 401 && authorize(answer.head)) answer = get(url, headers, true);
  const int status = answer.head.status;
  if (status == 404) {
    throw Error(
        ErrorCode::NotFound,
        format("{}: {} has no such model or tag; see its web site for the names that it has",
               name_.text(), name_.host()));
  }
  if (status == 401 || status == 403) {
    throw Error(ErrorCode::Unsupported,
                format("{}: {} gives this model to accounts only (status {}), which this program "
                       "does not support; download the file yourself and use bantam import",
                       name_.text(), name_.host(), status));
  }
  if (status != 200) {
    throw Error(ErrorCode::Io,
                format("{}: found the status {}, expected 200; try again later", url, status));
  }
  if (looks_like_html(answer.body)) {
    throw Error(
        ErrorCode::BadFile,
        format("{}: found a web page, expected a manifest in JSON; {} may be no registry of "
               "models, or a login page of the network stands in between",
               url, name_.host()));
  }
  parse_manifest(answer.body, url);
  return answer.body;
}

HttpTransfer::Request Registry::blob(const Digest& digest, std::string range) const {
  return {address("blobs/" + digest.text()), {}, token_, std::move(range)};
}

bool Registry::authorize(const HttpHead& head) {
  if (head.challenge.empty() || tokens_left_-- <= 0) return false;
  auto fields = challenge_fields(head.challenge);
  const std::string realm = fields["realm"];
  const auto asked = origin_of(realm), own = origin_of(address(""));
  if (!asked || asked != own) {
    throw Error(ErrorCode::Unsupported,
                format("{}: {} asks for a token of {}, expected an address of its own; nothing was "
                       "sent there",
                       name_.text(), name_.host(), quoted(std::string_view(realm))));
  }
  std::string url = realm;
  for (const char* key : {"service", "scope"}) {
    if (fields[key].empty()) continue;
    url +=
        format("{}{}={}", url.find('?') == url.npos ? "?" : "&", key, percent_encoded(fields[key]));
  }
  const HttpAnswer answer = get(url, {"Accept: application/json"}, false);
  if (answer.head.status != 200 || answer.body.size() > kTokenBytesMax) return false;
  const auto value = nlohmann::json::parse(answer.body, nullptr, false);
  if (!value.is_object()) return false;
  for (const char* key : {"token", "access_token"}) {
    const auto found = value.find(key);
    if (found == value.end() || !found->is_string() || !is_token(found->get<std::string>())) {
      continue;
    }
    const bool is_new = token_ != found->get<std::string>();
    token_ = found->get<std::string>();
    return is_new;
  }
  return false;
}

}  // namespace bantam::store
