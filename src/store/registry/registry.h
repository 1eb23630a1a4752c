// A registry of models: manifests, tokens, addresses of blobs.
#pragma once

#include <string>

#include "store/blob_file.h"
#include "store/registry/http.h"

namespace bantam::store {

// The registry that a name's host means. Source of the protocol: Docker Registry HTTP API V2,
// https://distribution.github.io/distribution/spec/api/, as Ollama uses it. One thread.
class Registry {
 public:
  Registry(const ModelName& name, const HttpOptions& options, const std::stop_token& stop,
           std::function<void()> tick);

  // The manifest's bytes, checked to be one. Throws NotFound where the registry has no such model,
  // Unsupported where it wants an account, BadFile for something else, Io, Cancelled.
  std::string manifest();
  // A request for a blob's bytes; `range` as in HttpTransfer::Request.
  HttpTransfer::Request blob(const Digest& digest, std::string range) const;
  // Gets a token for the challenge of a 401. False if that cannot help: there was none, or the last
  // token was as good.
  bool authorize(const HttpHead& head);

  const HttpOptions& options() const { return options_; }
  AddressRule& rule() { return rule_; }
  const std::stop_token& stop() const { return stop_; }

 private:
  // Repeats it while faults may pass.
  HttpAnswer get(const std::string& url, const std::vector<std::string>& headers, bool with_token);
  void wait(double seconds) const;
  std::string address(const std::string& rest) const;

  ModelName name_;
  HttpOptions options_;
  std::stop_token stop_;
  std::function<void()> tick_;
  AddressRule rule_;
  std::string token_;
  int tokens_left_ = 3;
};

}  // namespace bantam::store
