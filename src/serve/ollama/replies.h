// What Ollama's two ways to generate have in common: one JSON object a line, the last with figures.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "serve/answers.h"
#include "serve/chat_prompt.h"
#include "serve/context.h"
#include "serve/ollama/options.h"
#include "serve/output_format.h"

namespace bantam::serve::ollama {

using Json = nlohmann::ordered_json;

// One request of /api/generate or /api/chat on its way.
struct Generating {
  std::shared_ptr<ServedModel> model;
  Options options;
  std::optional<std::chrono::seconds> keep_alive;  // as read_keep_alive
  bool is_streamed = true;
  std::optional<std::int64_t> logprobs;
  bool returns_context = false;
  std::optional<library::OutputFormat> format;
  std::optional<ReplyReading> reading;  // of a chat
  Stopwatch age = {};                   // since the request came
  double load_seconds = 0;
};

// Reads what both have; loads the model. Throws FieldError and what loading throws.
http::Awaitable<Generating> begin_generating(Context& context, const Fields& request);

// What has come of an answer.
struct Piece {
  std::string text, thinking;
  Json calls;  // tool_calls; an empty array: none
};

// Puts a piece of the answer where the reply has it.
using PutPiece = std::function<void(Json& object, const Piece& piece)>;

// Generates and replies.
http::Awaitable<> reply_with_answer(Context& context, http::Exchange& exchange,
                                    Generating generating, Prompt prompt, PutPiece put_piece);

// The reply to a request without a prompt: the model is loaded, or let go of where keep_alive is 0.
http::Awaitable<> reply_to_load(Context& context, http::Exchange& exchange,
                                const Generating& generating, PutPiece put_piece);

}  // namespace bantam::serve::ollama
