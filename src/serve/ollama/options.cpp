#include "serve/ollama/options.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "serve/time_text.h"
#include "text/json.h"

namespace bantam::serve::ollama {
namespace {

constexpr std::size_t kStopsMax = 64;

constexpr std::string_view kKnown[] = {"num_ctx",
                                       "num_keep",
                                       "num_predict",
                                       "temperature",
                                       "top_k",
                                       "top_p",
                                       "min_p",
                                       "typical_p",
                                       "repeat_last_n",
                                       "repeat_penalty",
                                       "seed",
                                       "presence_penalty",
                                       "frequency_penalty",
                                       "stop"};

template <typename T, typename U>
void put(const std::optional<T>& value, U& place) {
  if (value) place = static_cast<U>(*value);
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

void read_sampling(const Fields& fields, engine::SamplingOptions& sampling) {
  constexpr double kLarge = 1e6;
  put(fields.number("temperature", 0, 100), sampling.temperature);
  put(fields.integer("top_k", -1, INT32_MAX), sampling.top_k);
  sampling.top_k = std::max<std::int64_t>(sampling.top_k, 0);
  put(fields.number("top_p", 0, 1), sampling.top_p);
  put(fields.number("min_p", 0, 1), sampling.min_p);
  put(fields.number("typical_p", 0, 1), sampling.typical_p);
  put(fields.integer("repeat_last_n", -1, INT32_MAX), sampling.repeat_last_n);
  put(fields.number("repeat_penalty", 0, kLarge), sampling.penalties.repeat);
  put(fields.number("presence_penalty", -kLarge, kLarge), sampling.penalties.presence);
  put(fields.number("frequency_penalty", -kLarge, kLarge), sampling.penalties.frequency);
  const auto seed = fields.integer("seed", INT64_MIN, INT64_MAX);
  if (seed && *seed != -1) sampling.seed = static_cast<std::uint64_t>(*seed);
}

engine::SamplingOptions installed_sampling(const library::LoadedModel& model) {
  engine::SamplingOptions sampling;
  sampling.temperature = 0.8F;
  sampling.top_k = 40;
  sampling.top_p = 0.9;
  sampling.min_p = 0;
  // It was trained to give one right answer.
  if (model.source.kind == library::SourceKind::BuiltIn) sampling.temperature = 0;
  if (model.source.installed) {
    std::vector<std::string> warnings;  // told when the model was loaded
    library::installed_defaults(*model.source.installed, model.model->spec().vocabulary_size,
                                sampling, warnings);
  }
  return sampling;
}

}  // namespace

Options read_options(const Fields& request, const library::LoadedModel& model) {
  Options options;
  // Ollama's, unless the model says otherwise: a Modelfile, or what it was trained for.
  const library::InstalledDefaults& installed = model.installed;
  options.sampling = installed_sampling(model);
  options.stops = installed.stop;
  options.max_tokens = installed.max_tokens.value_or(-1);
  options.context_max = installed.context_tokens.value_or(0);
  options.sampling.seed = installed.seed.value_or(random_seed());
  const auto fields = request.object("options");
  if (!fields) return options;
  read_sampling(*fields, options.sampling);
  put(fields->integer("num_predict", -2, INT32_MAX), options.max_tokens);
  options.max_tokens = options.max_tokens <= 0 ? -1 : options.max_tokens;
  put(fields->integer("num_keep", -1, INT32_MAX), options.kept_tokens);
  put(fields->integer("num_ctx", 0, INT32_MAX), options.context_max);
  if (fields->has("stop")) options.stops = fields->texts("stop", kStopsMax);
  std::erase(options.stops, "");
  for (const auto& [name, value] : request.find("options")->items()) {
    const bool is_known = std::ranges::find(kKnown, name) != std::end(kKnown);
    if (!is_known) options.ignored.push_back(name);
  }
  engine::check_sampling_options(options.sampling, model.model->spec().vocabulary_size);
  return options;
}

std::optional<std::chrono::seconds> read_keep_alive(const Fields& request) {
  const Json* value = request.find("keep_alive");
  if (value == nullptr) return std::nullopt;
  constexpr double kSecondsMax = 1e9;
  double seconds = 0;
  if (value->is_number()) {
    seconds = value->get<double>();
  } else if (value->is_string()) {
    const auto duration = parse_duration(value->get_ref<const std::string&>());
    if (!duration) request.fail("keep_alive", "a duration such as \"10m\", or seconds");
    seconds = std::chrono::duration<double>(*duration).count();
  } else {
    request.fail("keep_alive", "a duration such as \"10m\", or seconds");
  }
  seconds = std::clamp(std::ceil(seconds), -1.0, kSecondsMax);
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

std::string model_name(const Fields& request) {
  const bool is_old = request.has("name") && !request.has("model");
  return request.text(is_old ? "name" : "model");
}

engine::Request engine_request(const Options& options, const library::LoadedModel& model) {
  engine::Request request;
  request.sampling = options.sampling;
  request.max_tokens = options.max_tokens;
  request.stop_ids = model.end_ids;
  return request;
}

}  // namespace bantam::serve::ollama
