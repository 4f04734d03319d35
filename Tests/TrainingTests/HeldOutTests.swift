import Kernels
import Recipe
import Testing
import Training
import Transformer

/// Losses on held-out examples between steps.
@Suite struct HeldOutTests {
  private static func trainer(
    threads: Int = 2, targets: Targets = .all, dora: Bool = false, data: [TokenizedExample] = TinyModel.data(),
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> Trainer {
    let options = TinyModel.options(steps: 6) {
      $0.useDoRA = dora
      change(&$0)
    }
    let base = try TinyModel.base()
    let adapter = try LoRAAdapter(
      specification: try options.specification(targets: targets, in: base.configuration), base: base, seed: 5)
    return try Trainer(
      base: base, adapter: adapter, data: data, options: options, team: WorkerTeam(threads: threads))
  }

  /// The same sum as a step's over the same examples, before its update; without dropout it is the forward pass of a step.
  @Test(arguments: [false, true]) func itIsTheLossOfAStep(dora: Bool) throws {
    let trainer = try Self.trainer(dora: dora) {
      $0.batchSize = 11
      $0.shuffle = false
    }
    for _ in 0..<3 {
      let mean = try #require(try trainer.loss(of: TinyModel.data()))
      let step = try trainer.step()
      #expect(mean.loss.bitPattern == step.loss.bitPattern)
      #expect(mean.tokens == step.lossTokens)
    }
  }

  /// However it is cut into batches, and whatever dropout the run has.
  @Test func batchesAndDropoutLeaveItAlone() throws {
    let held = TinyModel.data(count: 7, seed: 9)
    let whole = try #require(try Self.trainer { $0.batchSize = 7 }.loss(of: held))
    let parts = try #require(try Self.trainer { ($0.batchSize, $0.dropout) = (2, 0.5) }.loss(of: held))
    #expect(abs(whole.loss - parts.loss) < 1e-6 && whole.tokens == parts.tokens)
  }

  @Test(arguments: [(1, false), (2, false), (2, true)]) func trainingKeepsItsBits(threads: Int, dora: Bool) throws {
    func run(watched: Bool) throws -> (losses: [UInt64], adapter: [UInt32], held: [UInt64]) {
      let trainer = try Self.trainer(threads: threads, dora: dora) { ($0.dropout, $0.gradientAccumulation) = (0.2, 2) }
      // Longer than what is trained on, so that rooms grow in between.
      let held =
        [
          TokenizedExample(tokens: (0..<60).map { Int32($0) }, lossStart: 20, exampleIndex: 0)
        ] + TinyModel.data(count: 5, seed: 9)
      var losses: [UInt64] = []
      var points: [UInt64] = []
      for _ in 0..<6 {
        losses.append(try trainer.step().loss.bitPattern)
        if watched { points.append(try #require(try trainer.loss(of: held)).loss.bitPattern) }
      }
      return (losses, TinyModel.bits(trainer.adapter), points)
    }
    let (with, without) = (try run(watched: true), try run(watched: false))
    #expect(with.losses == without.losses && with.adapter == without.adapter)
    #expect(Set(with.held).count == 6)
    #expect(try run(watched: true).held == with.held)
  }

  @Test func itCanBeEndedBetweenBatches() throws {
    let trainer = try Self.trainer()
    var asked = 0
    let mean = try trainer.loss(of: TinyModel.data()) {
      asked += 1
      return asked == 3
    }
    #expect(mean == nil && asked == 3)
  }

  @Test func tokensThatTheModelDoesNotHaveAreRefused() throws {
    let trainer = try Self.trainer()
    let bad = TokenizedExample(tokens: [1, 61, 2], lossStart: 1, exampleIndex: 0)
    #expect(throws: BatchError.self) { try trainer.checkHeldOut([bad]) }
    #expect(throws: Never.self) { try trainer.checkHeldOut(TinyModel.data()) }
  }
}
