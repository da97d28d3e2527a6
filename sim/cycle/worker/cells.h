// SPDX-License-Identifier: Apache-2.0
// The cells of rtl/, as far as cycles go: which beats move when, not what they carry.
#pragma once
#include <deque>
#include <vector>

#include "sim/cycle/worker/cell.h"

namespace mase::sim {

/// A cell of the catalogue, which becomes another instance by other parameters.
class CatalogueCell : public Cell {
 public:
  using Cell::Cell;
  void configure(const CellSpec& spec) { spec_ = spec; }

 protected:
  CellSpec spec_;
};

/// Registers under one enable: all move when the output register is free or taken. They are not
/// modelled one by one: a result is offered when the pipeline has moved `depth` times since its
/// last operand entered, so that moves, not cycles, are the time in here.
class Pipeline : public CatalogueCell {
 public:
  using CatalogueCell::CatalogueCell;
  void snapshot(Words& state) const override;

 protected:
  void reset() override;
  void step(int64_t cycles, bool took, bool gave) override;
  bool out_valid() const override { return offers_; }
  bool in_ready() const override { return out_ready() || !offers_; }
  int64_t next_wake() const override;
  /// `moves` moves; with the last of them a beat came in if `took`.
  virtual void feed(int64_t moves, bool took);
  /// Moves until the first result in which nothing is missing, 0 if there is none on its way.
  virtual int64_t next_result() const { return 0; }
  /// Moves until in_ready() changes although no beat comes in; 0: it does not.
  virtual int64_t next_room() const { return 0; }
  /// The operand that entered with the last move completes a result.
  void push_result() { results_.push_back(moves_ - 1 + spec_.depth); }

  int64_t moves_ = 0;  ///< since reset

 private:
  bool offers_ = false;
  std::vector<int64_t> results_;  ///< the move after which each is offered; from first_ on
  size_t first_ = 0;
};

/// mase_cast: every beat in is a beat out.
class Cast final : public Pipeline {
 public:
  using Pipeline::Pipeline;
};

/// mase_relu.
class Relu final : public Pipeline {
 public:
  using Pipeline::Pipeline;
};

/// mase_batch_norm1d.
class BatchNorm1d final : public Pipeline {
 public:
  using Pipeline::Pipeline;
};

/// The generated module of an unrolled layer: a sample a beat.
class Unrolled final : public Pipeline {
 public:
  using Pipeline::Pipeline;
};

/// mase_linear: `passes` passes over the `beats` beats of a sample, a result a pass. With a store
/// the beats of all passes come out of it; without one the first pass is the beats coming in.
class Linear final : public Pipeline {
 public:
  using Pipeline::Pipeline;
  void snapshot(Words& state) const override;

 protected:
  void reset() override;
  bool in_ready() const override;
  void feed(int64_t moves, bool took) override;
  int64_t next_result() const override;
  int64_t next_room() const override;

 private:
  void fire(int64_t operands);
  bool full() const { return stored_ == 2 * spec_.beats; }
  bool runs_alone() const { return pass_ > 0 || (spec_.stores && stored_ >= spec_.beats); }

  int64_t beat_ = 0, pass_ = 0;
  int64_t stored_ = 0;  ///< beats stored and not given for the last time
};

/// mase_width_adapter.
class WidthAdapter final : public CatalogueCell {
 public:
  using CatalogueCell::CatalogueCell;
  void snapshot(Words& state) const override;

 protected:
  void reset() override;
  void step(int64_t cycles, bool took, bool gave) override;
  bool out_valid() const override { return fill_ >= spec_.out; }
  bool in_ready() const override;

 private:
  int64_t fill_ = 0, beat_ = 0;
};

/// Beats in order, `depth` of them at most; neither side looks at the other.
class Queue : public CatalogueCell {
 public:
  using CatalogueCell::CatalogueCell;
  void snapshot(Words& state) const override { state.push_back(held_); }

 protected:
  void reset() override { held_ = 0; }
  void step(int64_t cycles, bool took, bool gave) override;
  bool out_valid() const override { return held_ > 0; }
  bool in_ready() const override;

 private:
  int64_t held_ = 0;
};

/// mase_skid_buffer: depth 2.
class SkidBuffer final : public Queue {
 public:
  using Queue::Queue;
};

/// mase_fifo. One of depth 1 passes ready through, as a beat could else go only every other cycle.
class Fifo final : public Queue {
 public:
  using Queue::Queue;
};

/// mase_slr_crossing: beats are under way for `forward` cycles and their room for `back`.
class SlrCrossing final : public CatalogueCell {
 public:
  using CatalogueCell::CatalogueCell;
  void snapshot(Words& state) const override;

 protected:
  void reset() override;
  void step(int64_t cycles, bool took, bool gave) override;
  bool out_valid() const override { return held_ > 0; }
  bool in_ready() const override { return used_ < spec_.depth; }
  int64_t next_wake() const override;

 private:
  int64_t held_ = 0;                  ///< beats that are offered
  int64_t used_ = 0;                  ///< room that beats have taken and not given back
  std::deque<int64_t> beats_, room_;  ///< when each that is under way arrives
};

}  // namespace mase::sim
