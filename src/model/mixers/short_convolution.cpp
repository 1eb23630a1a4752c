#include "model/mixers/short_convolution.h"

#include <array>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {

ShortConvolutionWeights bind_weights(WeightBinder& binder, const ShortConvolutionSpec& spec,
                                     std::int64_t layer) {
  const std::int64_t size = spec.size;
  const LinearWeights in =
      binder.linear(Role::ConvolutionIn, layer, 3 * size, binder.spec().hidden_size, spec.has_bias);
  ShortConvolutionWeights weights;
  weights.before = outputs_of(in, 0, size);
  weights.after = outputs_of(in, size, size);
  weights.x = outputs_of(in, 2 * size, size);
  weights.taps = binder.taps(Role::ConvolutionTaps, layer, size, spec.taps);
  if (spec.has_bias) weights.bias = binder.flat(Role::ConvolutionTaps, Part::Bias, layer, size);
  weights.out =
      binder.linear(Role::ConvolutionOut, layer, binder.spec().hidden_size, size, spec.has_bias);
  return weights;
}

backend::KvLayerShape kv_shape(const ShortConvolutionSpec& spec) {
  return {.state_bytes = (spec.taps - 1) * spec.size * static_cast<std::int64_t>(sizeof(float))};
}

std::int64_t heads_per_kv(const ShortConvolutionSpec&) { return 1; }

void mix(Pass& pass, const ShortConvolutionSpec& spec, const ShortConvolutionWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor before = pass.allocate(spec.size);
  const Tensor after = pass.allocate(spec.size);
  const Tensor x = pass.allocate(spec.size);
  const Tensor y = pass.allocate(spec.size);
  pass.ops.linear(normed, std::array{project(weights.before, before), project(weights.after, after),
                                     project(weights.x, x)});
  pass.ops.multiply(before, x, x);
  pass.ops.convolve(x, weights.taps, spec.has_bias ? &weights.bias : nullptr, pass.batch,
                    pass.cache, {layer, 0}, y);
  pass.ops.multiply(after, y, y);
  pass.ops.linear(y, std::array{project(weights.out, out)});
}

}  // namespace bantam::model
