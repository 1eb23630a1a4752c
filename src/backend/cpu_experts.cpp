// Mixtures of experts on CpuOps: the choice of each row, and the experts over the rows that chose
// them.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "backend/cpu_ops.h"

namespace bantam::backend {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

std::int32_t* id_row(const ExpertChoice& choice, std::int64_t row) {
  return reinterpret_cast<std::int32_t*>(choice.ids.row(row));
}

void softmax(std::span<float> values) {
  const float largest = *std::ranges::max_element(values);
  float sum = 0;
  for (float& value : values) sum += value = std::exp(value - largest);
  for (float& value : values) value /= sum;
}

void scores_of(std::span<const float> logits, ExpertRouting::Scores kind, std::span<float> scores) {
  std::ranges::copy(logits, scores.begin());
  if (kind == ExpertRouting::Scores::Softmax) softmax(scores);
  if (kind != ExpertRouting::Scores::Sigmoid) return;
  for (float& score : scores) score = 1.0f / (1.0f + std::exp(-score));
}

// Takes the largest rank, the first of equal ones, and hides it from the next call.
std::size_t take_best(std::span<float> ranks) {
  const auto best = std::ranges::max_element(ranks);
  *best = kHidden;
  return static_cast<std::size_t>(best - ranks.begin());
}

// Hides the experts of all but the best groups (DeepSeek-V3 technical report, section 2.1.2).
// `spare` has room for the members of one group and for the groups' scores.
void hide_lesser_groups(std::span<float> ranks, const ExpertRouting& routing,
                        std::span<float> spare) {
  const auto groups = static_cast<std::size_t>(routing.group_count);
  const std::size_t size = ranks.size() / groups;
  const std::span<float> members = spare.first(size);
  const std::span<float> group_scores = spare.subspan(size, groups);
  for (std::size_t group = 0; group < groups; ++group) {
    std::ranges::copy(ranks.subspan(group * size, size), members.begin());
    group_scores[group] = 0;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(routing.group_best, std::ssize(members));
         ++i) {
      const float best = *std::ranges::max_element(members);
      take_best(members);
      group_scores[group] += best;
    }
  }
  for (std::int64_t i = 0; i < routing.used_groups; ++i) take_best(group_scores);
  for (std::size_t group = 0; group < groups; ++group) {
    if (group_scores[group] == kHidden) continue;  // taken
    std::ranges::fill(ranks.subspan(group * size, size), kHidden);
  }
}

// `scores`, `ranks` and `spare` are space for one row.
void choose_row(std::span<const float> logits, const Tensor* bias, const ExpertRouting& routing,
                std::span<float> scores, std::span<float> ranks, std::span<float> spare,
                std::int32_t* ids, std::span<float> weights) {
  scores_of(logits, routing.scores, scores);
  std::ranges::copy(scores, ranks.begin());
  if (bias != nullptr) {
    for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i] += bias->floats()[i];
  }
  if (routing.group_count > 1) hide_lesser_groups(ranks, routing, spare);
  float sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t expert = take_best(ranks);
    ids[i] = static_cast<std::int32_t>(expert);
    sum += weights[i] = scores[expert];
  }
  if (routing.scores == ExpertRouting::Scores::SoftmaxOfChosen) softmax(weights);
  for (float& weight : weights) {
    if (routing.is_renormalised) weight /= sum;
    weight *= routing.scale;
  }
}

}  // namespace

void CpuOps::choose_experts(const Tensor& logits, const Tensor* bias, const ExpertRouting& routing,
                            const ExpertChoice& choice) {
  const ArenaScope scope(*this);
  const auto count = static_cast<std::size_t>(routing.expert_count);
  const auto used = static_cast<std::size_t>(routing.used_count);
  const Tensor space = allocate({4, routing.expert_count});
  const auto part = [&](std::int64_t row, std::size_t parts) {
    return std::span(space.float_row(row), parts * count);
  };
  for (std::int64_t row = 0; row < logits.shape.rows(); ++row) {
    choose_row({logits.float_row(row), count}, bias, routing, part(0, 1), part(1, 1), part(2, 2),
               id_row(choice, row), {choice.weights.float_row(row), used});
  }
}

void CpuOps::run_ffn(const Tensor& x, const FfnShape& shape, const FfnWeights& weights,
                     Tensor out) {
  const ArenaScope scope(*this);
  const std::int64_t rows = x.shape.rows();
  const Tensor up = allocate({rows, shape.is_interleaved ? 2 * shape.size : shape.size});
  const Tensor gate = allocate({rows, shape.size});
  if (shape.is_interleaved) {
    linear(x, std::array{project(weights.up, up)});
    gate_clamped(up, {}, shape.clamp, gate);
  } else if (shape.is_gated) {
    linear(x, std::array{project(weights.gate, gate), project(weights.up, up)});
    if (shape.clamp > 0) {
      gate_clamped(gate, up, shape.clamp, gate);
    } else {
      this->gate(shape.activation, gate, up, gate);
    }
  } else {
    linear(x, std::array{project(weights.up, up)});
    activate(shape.activation, up, gate);
  }
  linear(gate, std::array{project(weights.down, out)});
}

void CpuOps::experts(const Tensor& x, const ExpertChoice& choice, const FfnShape& shape,
                     std::span<const FfnWeights> experts, Tensor out) {
  const std::int64_t rows = x.shape.rows();
  const std::int64_t used = choice.ids.shape.columns();
  const std::int64_t columns = x.shape.columns();
  std::memset(out.data, 0, static_cast<std::size_t>(out.byte_count()));
  for (std::size_t expert = 0; expert < experts.size(); ++expert) {
    const ArenaScope scope(*this);
    // Calls visit(row, weight) for each row that chose this expert.
    const auto for_choosers = [&](const auto& visit) {
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t i = 0; i < used; ++i) {
          if (id_row(choice, row)[i] != static_cast<std::int32_t>(expert)) continue;
          visit(row, choice.weights.float_row(row)[i]);
        }
      }
    };
    std::int64_t count = 0;
    for_choosers([&](std::int64_t, float) { ++count; });
    if (count == 0) continue;
    const Tensor chosen = allocate({count, columns});
    const Tensor result = allocate({count, columns});
    std::int64_t next = 0;
    for_choosers([&](std::int64_t row, float) {
      std::memcpy(chosen.row(next++), x.row(row), static_cast<std::size_t>(x.row_bytes()));
    });
    run_ffn(chosen, shape, experts[expert], result);
    next = 0;
    for_choosers([&](std::int64_t row, float weight) {
      kernels_.add_scaled(out.float_row(row), result.float_row(next++), weight, columns,
                          out.float_row(row));
    });
  }
}

}  // namespace bantam::backend
