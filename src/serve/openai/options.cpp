#include "serve/openai/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

#include "text/json.h"

namespace bantam::serve::openai {
namespace {

constexpr std::size_t kStopsMax = 64;
constexpr std::int64_t kCountMax = 128;
constexpr std::size_t kBiasesMax = 4096;

template <typename T, typename U>
bool put(const std::optional<T>& value, U& place) {
  if (value) place = static_cast<U>(*value);
  return value.has_value();
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

void read_sampling(const Fields& fields, engine::SamplingOptions& sampling) {
  put(fields.number("temperature", 0, 100), sampling.temperature);
  put(fields.number("top_p", 0, 1), sampling.top_p);
  put(fields.integer("top_k", -1, INT32_MAX), sampling.top_k);
  sampling.top_k = std::max<std::int64_t>(sampling.top_k, 0);
  put(fields.number("min_p", 0, 1), sampling.min_p);
  put(fields.number("typical_p", 0, 1), sampling.typical_p);
  put(fields.number("presence_penalty", -2, 2), sampling.penalties.presence);
  put(fields.number("frequency_penalty", -2, 2), sampling.penalties.frequency);
  put(fields.number("repetition_penalty", 0, 100), sampling.penalties.repeat);
  put(fields.number("repeat_penalty", 0, 100), sampling.penalties.repeat);
  put(fields.integer("repeat_last_n", -1, INT32_MAX), sampling.repeat_last_n);
  sampling.seed = random_seed();
  const auto seed = fields.integer("seed", INT64_MIN, INT64_MAX);
  if (seed) sampling.seed = static_cast<std::uint64_t>(*seed);
}

// {"id": bias, …}, as OpenAI has it.
std::vector<engine::LogitBias> read_logit_bias(const Fields& request) {
  std::vector<engine::LogitBias> biases;
  const Json* given = request.find("logit_bias");
  if (given == nullptr) return biases;
  const auto fail = [&] {
    request.fail("logit_bias", "an object of token ids with numbers from -100 to 100");
  };
  if (!given->is_object() || given->size() > kBiasesMax) fail();
  for (const auto& [name, value] : given->items()) {
    std::int32_t id = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), id);
    const bool is_id = read.ec == std::errc() && read.ptr == name.data() + name.size();
    if (!is_id || !value.is_number() || std::abs(value.get<double>()) > 100) fail();
    // The least that there is means never.
    const auto bias = static_cast<float>(value.get<double>());
    biases.push_back({id, bias <= -100 ? -std::numeric_limits<float>::infinity() : bias});
  }
  return biases;
}

}  // namespace

Options read_options(const Fields& request, const library::LoadedModel& model) {
  Options options;
  options.sampling = model.defaults;
  options.stops = model.installed.stop;
  options.max_tokens = model.installed.max_tokens.value_or(-1);
  read_sampling(request, options.sampling);
  options.sampling.logit_bias = read_logit_bias(request);
  engine::check_sampling_options(options.sampling, model.model->spec().vocabulary_size);
  if (!put(request.integer("max_completion_tokens", 1, INT32_MAX), options.max_tokens)) {
    put(request.integer("max_tokens", 1, INT32_MAX), options.max_tokens);
  }
  put(request.integer("n", 1, kCountMax), options.count);
  if (request.has("stop")) options.stops = request.texts("stop", kStopsMax);
  std::erase(options.stops, "");
  put(request.flag("stream"), options.is_streamed);
  put(request.flag("ignore_eos"), options.ignores_end);
  if (const auto stream = request.object("stream_options")) {
    put(stream->flag("include_usage"), options.includes_usage);
  }
  return options;
}

std::vector<engine::Request> engine_requests(const Options& options,
                                             const library::LoadedModel& model,
                                             std::vector<std::int32_t> prompt,
                                             std::optional<std::int64_t> logprobs) {
  engine::Request request;
  request.prompt = std::move(prompt);
  request.sampling = options.sampling;
  request.max_tokens = options.max_tokens;
  request.logprobs = logprobs;
  if (!options.ignores_end) request.stop_ids = model.end_ids;
  std::vector<engine::Request> requests(static_cast<std::size_t>(options.count), request);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].sampling.seed += i;
  return requests;
}

}  // namespace bantam::serve::openai
