#include "serve/logprobs.h"

#include "text/json.h"

namespace bantam::serve {
namespace {

Json entry(const library::LoadedModel& model, std::int32_t id, float logprob) {
  const std::string_view text = model.tokenizer->token_bytes(id);
  Json bytes = Json::array();
  for (const char byte : text) bytes.push_back(static_cast<unsigned char>(byte));
  return {{"token", text}, {"logprob", logprob}, {"bytes", std::move(bytes)}};
}

}  // namespace

Json token_logprobs(const library::LoadedModel& model, std::span<const engine::TokenEvent> tokens) {
  Json entries = Json::array();
  for (const engine::TokenEvent& token : tokens) {
    Json one = entry(model, token.token, token.logprob);
    one["top_logprobs"] = Json::array();
    for (const auto& [id, logprob] : token.likeliest) {
      one["top_logprobs"].push_back(entry(model, id, logprob));
    }
    entries.push_back(std::move(one));
  }
  return entries;
}

}  // namespace bantam::serve
