// How an answer becomes a reply of OpenAI's API: whole, or as server-sent events.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "serve/answers.h"
#include "serve/context.h"
#include "serve/openai/options.h"
#include "serve/output_format.h"

namespace bantam::serve::openai {

using Json = nlohmann::ordered_json;

// The shape of a reply; chat and plain completions differ in it alone.
class ReplyShape {
 public:
  virtual ~ReplyShape() = default;
  virtual std::string id_prefix() const = 0;
  virtual std::string object(bool is_chunk) const = 0;
  // A choice without index and finish_reason: of a whole reply, of a chunk, and of the chunk that
  // begins a choice (null: none does).
  virtual Json whole(const Progress& answer) const = 0;
  virtual Json chunk(const Progress& piece) const = 0;
  virtual Json first_chunk() const = 0;
  // What `logprobs` of a choice is for some tokens.
  virtual Json logprobs(const library::LoadedModel& model,
                        const std::vector<engine::TokenEvent>& tokens) const = 0;
};

struct Generating {
  std::shared_ptr<ServedModel> model;
  Options options;
  std::optional<std::int64_t> logprobs;
  std::vector<std::int32_t> prompt;
  std::optional<library::OutputFormat> format;
  std::optional<ReplyReading> reading;  // of a chat
};

// Generates and replies.
http::Awaitable<> reply_with_answers(Context& context, http::Exchange& exchange,
                                     Generating generating, const ReplyShape& shape);

}  // namespace bantam::serve::openai
