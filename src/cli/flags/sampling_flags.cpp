#include "cli/flags/sampling_flags.h"

#include <CLI/CLI.hpp>
#include <random>

#include "base/error.h"
#include "base/format.h"

namespace bantam::cli {
namespace {

constexpr const char* kGroup = "Generation";

template <typename T, typename U>
void apply(const std::optional<T>& flag, U& value) {
  if (flag) value = static_cast<U>(*flag);
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

void SamplingFlags::add(CLI::App& command) {
  const auto add = [&](const char* names, auto& value, const char* help) {
    command.add_option(names, value, help)->group(kGroup);
  };
  add("--temperature,--temp", temperature, "Randomness; 0 always takes the likeliest token");
  add("--top-k", top_k, "Keep the k likeliest tokens; 0: all");
  add("--top-p", top_p, "Keep the likeliest tokens that together reach this probability; 1: all");
  add("--min-p", min_p, "Keep tokens with at least this share of the likeliest one's probability");
  add("--typical-p", typical_p, "Keep the most typical tokens up to this probability; 1: all");
  add("--repeat-penalty", repeat_penalty, "Divide the scores of recent tokens; 1: none");
  add("--presence-penalty", presence_penalty, "Subtract from the scores of recent tokens");
  add("--frequency-penalty", frequency_penalty, "Subtract for each recent appearance of a token");
  add("--repeat-last-n", repeat_last_n, "Tokens that penalties look back at; -1: all");
  add("--seed", seed, "Seed of the random numbers: the same seed gives the same text");
  command
      .add_option("-n,--max-tokens", max_tokens, "New tokens at the most; -1: until the model ends")
      ->capture_default_str()
      ->group(kGroup);
  command.add_option("--stop", stop, "End before this text; may be given several times")
      ->allow_extra_args(false)
      ->group(kGroup);
  command.add_flag("--ignore-eos", ignore_end, "Go on when the model ends its text")->group(kGroup);
  add("--logprobs", logprobs,
      "With --json: log-probabilities of the tokens and of the N likeliest");
}

engine::Request SamplingFlags::request(const library::LoadedModel& model) const {
  engine::Request request;
  request.sampling = model.defaults;
  apply(temperature, request.sampling.temperature);
  apply(top_k, request.sampling.top_k);
  apply(top_p, request.sampling.top_p);
  apply(min_p, request.sampling.min_p);
  apply(typical_p, request.sampling.typical_p);
  apply(repeat_penalty, request.sampling.penalties.repeat);
  apply(presence_penalty, request.sampling.penalties.presence);
  apply(frequency_penalty, request.sampling.penalties.frequency);
  apply(repeat_last_n, request.sampling.repeat_last_n);
  const std::optional<std::uint64_t> chosen = seed ? seed : model.installed.seed;
  request.sampling.seed = chosen ? *chosen : random_seed();
  engine::check_sampling_options(request.sampling, model.model->spec().vocabulary_size);
  if (max_tokens < -1 || max_tokens == 0) {
    throw Error(ErrorCode::BadInput,
                format("--max-tokens: found {}, expected -1, or 1 or more", max_tokens));
  }
  if (logprobs && (*logprobs < 0 || *logprobs > 100)) {
    throw Error(ErrorCode::BadInput, format("--logprobs: found {}, expected 0 to 100", *logprobs));
  }
  request.max_tokens = max_tokens != -1 ? max_tokens : model.installed.max_tokens.value_or(-1);
  request.logprobs = logprobs;
  if (!ignore_end) request.stop_ids = model.end_ids;
  return request;
}

std::vector<std::string> SamplingFlags::stops(const library::LoadedModel& model) const {
  std::vector<std::string> all = stop;
  all.insert(all.end(), model.installed.stop.begin(), model.installed.stop.end());
  return all;
}

}  // namespace bantam::cli
