#include "serve/ollama/replies.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/format.h"
#include "serve/logprobs.h"
#include "serve/on_worker.h"
#include "serve/time_text.h"
#include "text/json.h"

namespace bantam::serve::ollama {
namespace {

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

Json head_of(const Generating& generating) {
  return {{"model", generating.model->name},
          {"created_at", time_text(std::chrono::system_clock::now())}};
}

// As whole objects, with arguments as JSON.
Json calls_json(const std::vector<replies::ToolCall>& calls) {
  Json list = Json::array();
  for (const replies::ToolCall& call : calls) {
    list.push_back({{"id", call.id},
                    {"function",
                     {{"index", call.index},
                      {"name", call.name},
                      {"arguments", parse_json(call.arguments, "arguments")}}}});
  }
  return list;
}

std::string_view done_reason(engine::FinishReason reason) {
  return reason == engine::FinishReason::Stop ? "stop" : "length";
}

void put_figures(const Generating& generating, const engine::SequenceStats& stats, Json& object) {
  object["total_duration"] = nanoseconds(generating.age.seconds());
  object["load_duration"] = nanoseconds(generating.load_seconds);
  object["prompt_eval_count"] = stats.prompt_tokens;
  object["prompt_eval_duration"] = nanoseconds(stats.prefill_seconds);
  object["eval_count"] = stats.new_tokens;
  object["eval_duration"] = nanoseconds(stats.decode_seconds);
}

// What was left out of the request is said, not only logged.
std::vector<http::Header> notes_of(const Generating& generating, const Prompt& prompt) {
  std::vector<http::Header> notes;
  std::string ignored;
  for (const std::string& name : generating.options.ignored) {
    // A name is the client's: only what a header may hold.
    const bool is_plain =
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos;
    ignored += (ignored.empty() ? "options." : ", options.") + (is_plain ? name : "?");
  }
  if (!ignored.empty()) notes.push_back({"X-Bantam-Ignored", ignored});
  if (prompt.dropped_tokens > 0) {
    notes.push_back({"X-Bantam-Truncated-Tokens", to_text(prompt.dropped_tokens)});
  }
  return notes;
}

void put_dropped(const Prompt& prompt, Json& object) {
  if (prompt.dropped_tokens > 0) object["truncated_tokens"] = prompt.dropped_tokens;
  if (prompt.dropped_messages > 0) object["truncated_messages"] = prompt.dropped_messages;
}

// Holds what a whole reply needs of the pieces, or hands them on.
struct Collected {
  Piece piece{"", "", Json::array()};
  Json logprobs = Json::array();
  std::vector<std::int32_t> ids;
  engine::FinishReason finish = engine::FinishReason::Stop;
};

void let_go(const Context& context, const Generating& generating) {
  const auto stated = generating.keep_alive;
  const bool is_for_ever = stated && stated->count() < 0;
  context.models.keep(*generating.model, is_for_ever ? std::nullopt
                                         : stated    ? stated
                                                     : context.models.keep_alive());
}

}  // namespace

http::Awaitable<Generating> begin_generating(Context& context, const Fields& request) {
  Generating generating;
  generating.is_streamed = request.flag("stream").value_or(true);
  generating.keep_alive = read_keep_alive(request);
  if (request.flag("logprobs").value_or(false)) generating.logprobs = 0;
  if (const auto count = request.integer("top_logprobs", 0, 20)) {
    if (generating.logprobs) generating.logprobs = *count;
  }
  const std::string name = model_name(request);
  generating.model = co_await context.models.acquire(name);
  generating.load_seconds = generating.age.seconds();
  generating.options = read_options(request, generating.model->loaded);
  generating.format = read_ollama_format(request);
  co_return generating;
}

http::Awaitable<> reply_with_answer(Context& context, http::Exchange& exchange,
                                    Generating generating, Prompt prompt, PutPiece put_piece) {
  engine::Request request = engine_request(generating.options, generating.model->loaded);
  request.logprobs = generating.logprobs;
  Collected collected;
  if (generating.returns_context) collected.ids = prompt.ids;
  request.prompt = std::move(prompt.ids);
  http::Response head{.status = 200, .content_type = "application/json", .body = ""};
  head.headers = notes_of(generating, prompt);
  if (generating.is_streamed) head.content_type = "application/x-ndjson";
  const auto network = co_await boost::asio::this_coro::executor;
  if (generating.format) {
    const auto work = [&] {
      return generating.model->structured_output->constraint(*generating.format, request.stop_ids);
    };
    request.constraint = co_await on_worker(context.models.workers(), work);
  }
  std::vector<engine::Request> requests;
  requests.push_back(std::move(request));
  Answers answers(generating.model, std::move(requests), generating.options.stops, network,
                  std::move(generating.reading));
  for (bool is_done = false; !is_done;) {
    for (Progress& progress : co_await answers.next()) {
      if (generating.returns_context) {
        for (const auto& event : progress.tokens) collected.ids.push_back(event.token);
      }
      Json logprobs = generating.logprobs
                          ? token_logprobs(generating.model->loaded, progress.tokens)
                          : Json::array();
      if (progress.finish) {
        is_done = true;
        collected.finish = *progress.finish;
      }
      Piece piece{progress.text, progress.thinking, calls_json(progress.calls)};
      if (!generating.is_streamed) {
        collected.piece.text += piece.text;
        collected.piece.thinking += piece.thinking;
        for (Json& call : piece.calls) collected.piece.calls.push_back(std::move(call));
        for (Json& entry : logprobs) collected.logprobs.push_back(std::move(entry));
        continue;
      }
      if (!exchange.has_begun()) co_await exchange.begin(head);
      const bool is_empty = piece.text.empty() && piece.thinking.empty() && piece.calls.empty();
      if (is_empty && logprobs.empty()) continue;
      Json chunk = head_of(generating);
      put_piece(chunk, piece);
      chunk["done"] = false;
      if (!logprobs.empty()) chunk["logprobs"] = std::move(logprobs);
      const std::string line = json_text(chunk) + "\n";
      co_await exchange.write(line);
    }
  }
  Json last = head_of(generating);
  put_piece(last, collected.piece);
  last["done"] = true;
  last["done_reason"] = done_reason(collected.finish);
  if (generating.returns_context) last["context"] = collected.ids;
  put_figures(generating, answers.stats(0), last);
  put_dropped(prompt, last);
  if (!collected.logprobs.empty()) last["logprobs"] = std::move(collected.logprobs);
  let_go(context, generating);
  if (generating.is_streamed) {
    const std::string line = json_text(last) + "\n";
    co_await exchange.write(line);
  } else {
    head.body = json_text(last);
    co_await exchange.reply(std::move(head));
  }
}

http::Awaitable<> reply_to_load(Context& context, http::Exchange& exchange,
                                const Generating& generating, PutPiece put_piece) {
  Json object = head_of(generating);
  put_piece(object, Piece{"", "", Json::array()});
  object["done"] = true;
  const bool is_unload = generating.keep_alive && generating.keep_alive->count() == 0;
  object["done_reason"] = is_unload ? "unload" : "load";
  let_go(context, generating);
  http::Response response;
  response.body = json_text(object);
  co_await exchange.reply(std::move(response));
}

}  // namespace bantam::serve::ollama
