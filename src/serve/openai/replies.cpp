#include "serve/openai/replies.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/format.h"
#include "serve/on_worker.h"
#include "serve/time_text.h"
#include "text/json.h"

namespace bantam::serve::openai {
namespace {

std::string_view finish_reason(engine::FinishReason reason, bool has_calls) {
  if (reason == engine::FinishReason::Stop && has_calls) return "tool_calls";
  return reason == engine::FinishReason::Stop ? "stop" : "length";
}

// Sums over all answers; they share the prompt.
Json usage_of(const Answers& answers, std::int64_t count) {
  std::int64_t new_tokens = 0;
  std::int64_t cached = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& stats = answers.stats(static_cast<std::size_t>(i));
    new_tokens += stats.new_tokens;
    if (i == 0) cached = stats.reused_tokens;
  }
  const std::int64_t prompt = answers.stats(0).prompt_tokens;
  return {{"prompt_tokens", prompt},
          {"completion_tokens", new_tokens},
          {"total_tokens", prompt + new_tokens},
          {"prompt_tokens_details", {{"cached_tokens", cached}}}};
}

// What every object of one reply begins with.
struct Head {
  std::string id;
  std::int64_t created;
  std::string model;

  Json object(std::string_view name) const {
    return {{"id", id},
            {"object", name},
            {"created", created},
            {"model", model},
            {"system_fingerprint", "bantam"}};
  }
};

class Stream {
 public:
  Stream(http::Exchange& exchange, const Generating& generating, const ReplyShape& shape, Head head)
      : exchange_(exchange),
        generating_(generating),
        shape_(shape),
        head_(std::move(head)),
        has_calls_(static_cast<std::size_t>(generating.options.count)) {}

  http::Awaitable<> show(const Progress& progress) {
    if (!exchange_.has_begun()) co_await begin();
    const bool is_empty =
        progress.text.empty() && progress.thinking.empty() && progress.calls.empty();
    if (!progress.calls.empty()) has_calls_[progress.index] = true;
    if (!is_empty || (generating_.logprobs && !progress.tokens.empty())) {
      Json choice = shape_.chunk(progress);
      if (generating_.logprobs) {
        choice["logprobs"] = shape_.logprobs(generating_.model->loaded, progress.tokens);
      }
      co_await send(std::move(choice), progress.index, nullptr);
    }
    if (progress.finish) {
      const Progress nothing;
      Json reason = finish_reason(*progress.finish, has_calls_[progress.index]);
      Json end = shape_.chunk(nothing);
      co_await send(std::move(end), progress.index, std::move(reason));
    }
  }

  http::Awaitable<> finish(const Json& usage) {
    if (generating_.options.includes_usage) {
      Json last = head_.object(shape_.object(true));
      last["choices"] = Json::array();
      last["usage"] = usage;
      co_await event(last);
    }
    co_await exchange_.write("data: [DONE]\n\n");
  }

 private:
  http::Awaitable<> begin() {
    http::Response head{.status = 200, .content_type = "text/event-stream", .body = ""};
    head.headers = {{"Cache-Control", "no-cache"}};
    co_await exchange_.begin(std::move(head));
    for (std::int64_t i = 0; i < generating_.options.count; ++i) {
      Json first = shape_.first_chunk();
      if (!first.is_null()) co_await send(std::move(first), static_cast<std::size_t>(i), nullptr);
    }
  }

  http::Awaitable<> send(Json content, std::size_t index, Json reason) {
    Json choice = {{"index", index}};
    choice.update(content);
    choice["finish_reason"] = std::move(reason);
    Json object = head_.object(shape_.object(true));
    object["choices"] = Json::array({std::move(choice)});
    if (generating_.options.includes_usage) object["usage"] = nullptr;
    co_await event(object);
  }

  http::Awaitable<> event(const Json& object) {
    const std::string text = "data: " + json_text(object) + "\n\n";
    co_await exchange_.write(text);
  }

  http::Exchange& exchange_;
  const Generating& generating_;
  const ReplyShape& shape_;
  Head head_;
  std::vector<bool> has_calls_;  // of each choice
};

// What has come, at the end of what was there.
void append(Progress more, Progress& all, bool with_tokens) {
  all.text += more.text;
  all.thinking += more.thinking;
  for (replies::ToolCall& call : more.calls) all.calls.push_back(std::move(call));
  if (more.finish) all.finish = more.finish;
  if (with_tokens) all.tokens.insert(all.tokens.end(), more.tokens.begin(), more.tokens.end());
}

http::Response whole_reply(const Generating& generating, const ReplyShape& shape, const Head& head,
                           const std::vector<Progress>& choices, const Json& usage) {
  Json object = head.object(shape.object(false));
  object["choices"] = Json::array();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    Json choice = {{"index", i}};
    choice.update(shape.whole(choices[i]));
    choice["logprobs"] = nullptr;
    if (generating.logprobs) {
      choice["logprobs"] = shape.logprobs(generating.model->loaded, choices[i].tokens);
    }
    choice["finish_reason"] = finish_reason(*choices[i].finish, !choices[i].calls.empty());
    object["choices"].push_back(std::move(choice));
  }
  object["usage"] = usage;
  http::Response response;
  response.body = json_text(object);
  return response;
}

}  // namespace

http::Awaitable<> reply_with_answers(Context& context, http::Exchange& exchange,
                                     Generating generating, const ReplyShape& shape) {
  const std::int64_t count = generating.options.count;
  const Head head{format("{}{}", shape.id_prefix(), context.next_id++),
                  unix_seconds(std::chrono::system_clock::now()), generating.model->name};
  const auto network = co_await boost::asio::this_coro::executor;
  std::vector<engine::Request> requests =
      engine_requests(generating.options, generating.model->loaded, std::move(generating.prompt),
                      generating.logprobs);
  if (generating.format) {
    const auto work = [&] {
      for (engine::Request& request : requests) {
        request.constraint =
            generating.model->structured_output->constraint(*generating.format, request.stop_ids);
      }
      return true;
    };
    co_await on_worker(context.models.workers(), work);
  }
  Answers answers(generating.model, std::move(requests), generating.options.stops, network,
                  std::move(generating.reading));
  Stream stream(exchange, generating, shape, head);
  std::vector<Progress> choices(static_cast<std::size_t>(count));
  for (std::int64_t left = count; left > 0;) {
    for (Progress& progress : co_await answers.next()) {
      if (progress.finish) --left;
      if (generating.options.is_streamed) {
        co_await stream.show(progress);
        continue;
      }
      append(std::move(progress), choices[progress.index], generating.logprobs.has_value());
    }
  }
  context.models.keep(*generating.model, context.models.keep_alive());
  const Json usage = usage_of(answers, count);
  if (generating.options.is_streamed) {
    co_await stream.finish(usage);
  } else {
    co_await exchange.reply(whole_reply(generating, shape, head, choices, usage));
  }
}

}  // namespace bantam::serve::openai
