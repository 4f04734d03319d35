import Foundation
import HuggingFace
import Kernels
import Recipe
import Testing
import Training
import Transformer

/// Ten optimiser steps against PyTorch's AdamW, transformers' schedules and PEFT, from PEFT's own initial adapter on the same rows in the same order.
@Suite struct PeerTrainingTests {
  /// PEFT's names of modules, each of which is a group of its own here.
  private static func byGroup(_ values: [String: Double]?) -> ByGroup<Double> {
    var own = ByGroup<Double>()
    for (name, value) in values ?? [:] {
      guard let module = LinearModule(rawValue: name) else {
        Issue.record("no module \(name)")
        continue
      }
      own[module.group] = value
    }
    return own
  }

  /// The ranks and alphas that settings by group ask for are those of PEFT's patterns, and each setting is felt.
  @Test func settingsByGroupAreThePatterns() throws {
    let folder = Fixture.folder.appendingPathComponent("training/gqa-by-group")
    let run = try Fixture.decoded(Fixture.Run.self, at: folder)
    #expect(Self.byGroup(run.options.rates) == ByGroup([.oProj: 0.02, .fc2: 0.004]))
    let configuration = try Fixture.base(run.model).configuration
    let initial = folder.appendingPathComponent("initial")
    let theirs = try PEFTAdapterFolder.read(initial, configuration: configuration).specification
    let options = TrainingOptions {
      ($0.rank, $0.rankByGroup) = (3, ByGroup([.oProj: 6, .fc2: 2]))
    }
    #expect(try options.specification(targets: [.qkv, .oProj, .fc2], in: configuration) == theirs)
    let fixed = TrainingOptions {
      ($0.rank, $0.rankByGroup, $0.alpha) = (3, ByGroup([.oProj: 6, .fc2: 2]), 6)
    }
    #expect(try fixed.specification(targets: [.qkv, .oProj, .fc2], in: configuration).alphaPattern.isEmpty)
  }

  @Test(arguments: ["gqa-all", "gqa-clip", "gqa-mixed-linear", "wide-o-fc2", "gqa-dora", "wide-dora", "gqa-by-group"])
  func tenSteps(name: String) throws {
    let folder = Fixture.folder.appendingPathComponent("training/\(name)")
    let run = try Fixture.decoded(Fixture.Run.self, at: folder)
    let base = try Fixture.base(run.model)
    let adapter = try PEFTAdapterFolder.read(
      folder.appendingPathComponent("initial"), configuration: base.configuration)
    let options = TrainingOptions {
      $0.rank = adapter.specification.rank
      $0.alpha = Double(adapter.specification.alpha)
      $0.useDoRA = adapter.specification.useDoRA
      $0.learningRate = run.options.learningRate
      $0.weightDecay = run.options.weightDecay
      $0.clip = run.options.clip
      $0.schedule = run.options.schedule
      $0.warmupSteps = run.options.warmupSteps
      $0.steps = run.options.steps
      $0.batchSize = run.options.batchSize
      $0.sequenceLength = 64
      $0.packing = false
      $0.shuffle = false
      $0.learningRateRatio = run.options.ratio ?? 1
      $0.learningRateByGroup = Self.byGroup(run.options.rates)
      $0.learningRateRatioByGroup = Self.byGroup(run.options.ratios)
    }
    let team = WorkerTeam(threads: 2)
    let trainer = try Trainer(
      base: base, adapter: adapter, data: Fixture.examples(run.rows), options: options, team: team)
    for step in 0..<run.options.steps {
      let record = try trainer.step()
      #expect(record.lossTokens == run.lossTokens[step])
      #expect(abs(record.loss - run.losses[step]) < 1e-4)
      #expect(abs(record.gradientNorm - run.gradientNorms[step]) < 1e-3 * run.gradientNorms[step])
      #expect(abs(record.learningRate - run.learningRates[step]) < 1e-9)
    }
    let final = try PEFTAdapterFolder.read(folder.appendingPathComponent("final"), configuration: base.configuration)
    #expect(final.modules.map(\.path) == adapter.modules.map(\.path))
    for (module, reference) in zip(adapter.modules, final.modules) {
      let magnitudes = [module.magnitude, reference.magnitude].compactMap { $0 }
      let pairs = [[module.a, reference.a], [module.b, reference.b], magnitudes].filter { !$0.isEmpty }
      for pair in pairs {
        let (ours, theirs) = (pair[0], pair[1])
        #expect(PeerForwardTests.relativeDistance(ours.array, theirs.array) < 1e-3, "\(module.path)")
      }
    }
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let all = BatchAssembly.batch(Fixture.examples(run.rows))
    team.run { worker in pass.lossAndGradients(all, worker: worker) }
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - run.finalLossOverAllRows) < 1e-4)
  }
}
