// Rotary position embedding: from its description to the frequency of each pair.
#pragma once

#include <span>

#include "backend/ops.h"
#include "model/hyper_parameters.h"
#include "model/model_spec.h"

namespace bantam::model {

// `divisors` [rotated / 2] further divide the frequencies; empty: none.
backend::RopeFrequencies rope_frequencies(const RopeSpec& spec, std::span<const float> divisors);

// 0.1 * multiplier * ln(factor) + 1: YaRN's correction of the attention entropy; 1 for factors up
// to 1.
double yarn_magnitude(double factor, double multiplier);

// sqrt(1 + ln(stretch) / ln(original)): LongRoPE's magnitude for a context `stretch` times as long
// as the original one.
double long_rope_magnitude(double stretch, double original);

// How a family rotates, where its files do not say.
struct RopeConventions {
  backend::RopePairs gguf_pairs = backend::RopePairs::Halves;
  backend::RopePairs hugging_face_pairs = backend::RopePairs::Halves;
  double base = 10000;
  double rotated_part = 1;  // of a head
  bool rounds_yarn_range = true;
  double other_base = 0;  // of some published models; 0: all have `base`
};

// Reads base, rotated part and scaling for heads of `head_size`. `layer_type` chooses among the
// ropes of a folder that has one for each type of layer ("full_attention").
RopeSpec read_rope(const HyperParameters& parameters, const RopeConventions& conventions,
                   std::int64_t head_size, std::string_view layer_type = {});

// The rope of layers that look through a window, where those have one of their own, as Gemma's: of
// base 10000 and not scaled unless the file says so.
RopeSpec read_sliding_rope(const HyperParameters& parameters, const RopeConventions& conventions,
                           std::int64_t head_size);

}  // namespace bantam::model
